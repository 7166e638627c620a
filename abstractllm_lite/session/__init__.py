"""Conversations: a history that any provider can go on with, and tools that run on the way."""

from __future__ import annotations

from .manager import SessionManager
from .message import Message
from .session import Session
from .totals import Totals

__all__ = ["Message", "Session", "SessionManager", "Totals"]

"""Several conversations, and the folder that they are kept in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ..exceptions import FileProcessingError, InvalidParameterError
from .session import Session


class SessionManager:
    """Sessions by their id; with a folder, each is the file `<id>.json` in it."""

    def __init__(self, sessions_dir: str | os.PathLike[str] | None = None) -> None:
        self.sessions: dict[str, Session] = {}
        self.sessions_dir = sessions_dir
        if sessions_dir:
            Path(sessions_dir).mkdir(parents=True, exist_ok=True)

    def create_session(
        self,
        system_prompt: str | None = None,
        provider: Any = None,
        provider_config: Mapping[Any, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        tools: Iterable[Any] | None = None,
        **settings: Any,
    ) -> Session:
        """A new session, known to the manager."""
        session = Session(system_prompt, provider, provider_config, metadata, tools, **settings)
        self.sessions[session.id] = session
        return session

    def get_session(self, session_id: str) -> Session | None:
        """The session, or None."""
        return self.sessions.get(session_id)

    def delete_session(self, session_id: str) -> bool:
        """Forget the session and delete its file; False where there is no such session."""
        if self.sessions.pop(session_id, None) is None:
            return False
        if self.sessions_dir:
            self._file(session_id).unlink(missing_ok=True)
        return True

    def list_sessions(self) -> list[tuple[str, datetime, datetime]]:
        """Each session's id, when it was created and when it was last changed."""
        return [(s.id, s.created_at, s.last_updated) for s in self.sessions.values()]

    def save_all(self) -> None:
        """Save each session to its file. Raises InvalidParameterError without a folder."""
        self._folder()
        for session_id, session in self.sessions.items():
            session.save(self._file(session_id))

    def load_all(
        self, provider: Any = None, provider_config: Mapping[Any, Any] | None = None
    ) -> None:
        """Load every session of the folder.

        Raises FileProcessingError for damaged files, after all others are loaded.
        """
        if not self.sessions_dir or not Path(self.sessions_dir).is_dir():
            return
        damaged = []
        for path in sorted(Path(self.sessions_dir).glob("*.json")):
            try:
                session = Session.load(path, provider, provider_config)
            except FileProcessingError as error:
                damaged.append(str(error))
            else:
                self.sessions[session.id] = session
        if damaged:
            raise FileProcessingError("; ".join(damaged), file_path=str(self.sessions_dir))

    def _folder(self) -> Path:
        if not self.sessions_dir:
            raise InvalidParameterError(
                "sessions_dir", None, "no folder is set: SessionManager(sessions_dir=...)"
            )
        return Path(self.sessions_dir)

    def _file(self, session_id: str) -> Path:
        """The session's file; its id, which may come from a file, must not lead elsewhere."""
        if not re.fullmatch(r"\w[\w.-]*", session_id):
            raise InvalidParameterError(
                "id", session_id, f"a session's id is its file's name, so not {session_id!r}"
            )
        return self._folder() / f"{session_id}.json"

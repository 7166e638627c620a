"""What a whole conversation used and cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from ..types import GenerateResponse, Usage

if TYPE_CHECKING:
    from ..exceptions import AbstractLLMError


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over every answer of a conversation, those within a round of tools included.

    `answers` came out of `attempts` requests, retries and failures among them. `usage` sums what
    vendors told. `cost` is in US dollars, None while no answer had a price; `unpriced` answers are
    not in it.
    """

    answers: int = 0
    attempts: int = 0
    usage: Usage = field(default_factory=Usage)
    cost: float | None = None
    unpriced: int = 0

    def with_answer(self, response: GenerateResponse) -> Totals:
        """The totals with one more answer."""
        usage = response.usage or Usage()
        return self + Totals(
            1, response.attempts or 1, usage, response.cost, int(response.cost is None)
        )

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            answers=self.answers + other.answers,
            attempts=self.attempts + other.attempts,
            usage=_added(self.usage, other.usage),
            cost=_sum(self.cost, other.cost),
            unpriced=self.unpriced + other.unpriced,
        )

    def with_failure(self, error: AbstractLLMError) -> Totals:
        """The totals with the requests of a call that failed."""
        return replace(self, attempts=self.attempts + (error.attempts or 0))

    def to_dict(self) -> dict[str, Any]:
        """The sums, for a file."""
        sums = {"answers": self.answers, "attempts": self.attempts, "usage": self.usage.to_dict()}
        return {**sums, "cost": self.cost, "unpriced": self.unpriced}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The totals that gave this dictionary."""
        return cls(**{**data, "usage": Usage.of(data.get("usage") or {})})


def _added(one: Usage, other: Usage) -> Usage:
    """The sum of two usages; a count that neither tells stays None."""
    return Usage(**{name: _sum(one[name], other[name]) for name in one})


def _sum(one: Any, other: Any) -> Any:
    return one if other is None else other if one is None else one + other

"""Questions about looks, looks of which their owner is told later, and looks that a supervisor judges."""

from conduct.models.deferrals import Deferral, DeferralQuerySet
from conduct.models.questions import Question, QuestionQuerySet
from conduct.models.samples import (
    Card,
    CardQuerySet,
    CardSource,
    CardState,
    Explanation,
    ExplanationQuerySet,
    Sample,
)

__all__ = [
    "Card",
    "CardQuerySet",
    "CardSource",
    "CardState",
    "Deferral",
    "DeferralQuerySet",
    "Explanation",
    "ExplanationQuerySet",
    "Question",
    "QuestionQuerySet",
    "Sample",
]

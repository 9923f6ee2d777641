"""Questions about looks, and looks of which their owner is told later."""

from conduct.models.deferrals import Deferral, DeferralQuerySet
from conduct.models.questions import Question, QuestionQuerySet

__all__ = ["Deferral", "DeferralQuerySet", "Question", "QuestionQuerySet"]

"""Asking about a look, one's questions with their answers, and the supervisor's queue of them."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from access.viewers import person_of
from accounts.duties import has_duty
from accounts.models import DutyKind
from conduct.errors import ConductError
from conduct.guest_book import asks_at
from conduct.judges import SHOWN_OF_LOOK
from conduct.questions import answer_question, answerers_of, ask_question, questions_for, questions_of
from conduct.questions_forms import AnswerForm, QuestionForm
from conduct.told import looks_told_to

A_PAGE = 25


@require_http_methods(["GET", "POST"])
@never_cache
def ask(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask about one entry of one's Buku Tamu."""
    owner, now = person_of(request), timezone.now()
    look = get_object_or_404(looks_told_to(owner, now), public_id=public_id, camera__site__in=asks_at(owner))
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            question = ask_question(look=look, by=owner, text=form.cleaned_data["text"], now=now)
        except ConductError as refusal:
            form.add_error(None, str(refusal))
        else:
            if answerers_of(question, now):
                due = date_format(timezone.localtime(question.due_at), "j F Y")
                messages.success(
                    request,
                    _("Pertanyaan dikirim kepada pengawas. Jawabannya paling lambat %(due)s.") % {"due": due},
                )
            else:
                messages.warning(
                    request,
                    _(
                        "Pertanyaan tercatat, tetapi belum ada pengawas yang boleh menjawabnya. Administrator "
                        "sudah diberi tahu."
                    ),
                )
            return redirect(f"{reverse('conduct:my-questions')}#tanya-{question.public_id}")
    return render(request, "conduct/ask.html", {"look": look, "form": form})


@require_safe
@never_cache
def my_questions(request: HttpRequest) -> HttpResponse:
    """What one asked, with the answers and what is still due."""
    now = timezone.now()
    questions = questions_of(person_of(request), now).select_related(
        "look__camera__site", "look__organization", "look__reason", "answered_by"
    )
    page = Paginator(questions, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "conduct/my_questions.html", {"page": page, "now": now})


@require_safe
@never_cache
def queue(request: HttpRequest) -> HttpResponse:
    """What owners asked about looks that this supervisor may judge."""
    judge, now = person_of(request), timezone.now()
    if not has_duty(judge, now, DutyKind.SUPERVISOR):
        raise Http404
    questions = questions_for(judge, now).select_related("look__organization", "look__viewer", "look__reason")
    page = Paginator(questions, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "conduct/question_list.html", {"page": page, "now": now})


@require_http_methods(["GET", "POST"])
@never_cache
def question(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One question: the look with who looked, and the answer."""
    judge, now = person_of(request), timezone.now()
    asked = get_object_or_404(
        questions_for(judge, now).select_related(*SHOWN_OF_LOOK, "asked_by"), public_id=public_id
    )
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            answer_question(question=asked, by=judge, answer=form.cleaned_data["answer"], now=now)
        except ConductError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Dijawab. Pemilik sudah diberi tahu."))
            return redirect("conduct:questions")
    context = {"asked": asked, "look": asked.look, "form": form, "overdue": asked.is_overdue(now)}
    return render(request, "conduct/question.html", context)

"""Pages of accounts: Django's views, and what of a guest goes over into an account."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView, RedirectURLMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic.edit import FormView

from chat.errors import TOO_MANY_REQUESTS
from chat.services import blocks, joined_rooms, marks, revocations, saved, unfinished
from chat.web import addresses, visitor, visits
from chat.web.devices import note_sign_in
from chat.web.form_errors import with_wait
from chat.web.forms import NewPasswordForm, SignInForm, SignUpForm


class BackWhereOneWas(RedirectURLMixin):
    """After the form to `next`, which is a place on this site and none of these forms, or home."""

    next_page = "web:home"

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        place: str = super().get_redirect_url()
        forms = (reverse("web:sign-in"), reverse("web:sign-up"))
        return "" if place.partition("?")[0] in forms else place


class SayingWhen:
    """A form that was refused for now says so to programs as well."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """The form with what is wrong."""
        page: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        if form.refusal is not None and form.refusal.retry_after is not None:
            page.status_code = TOO_MANY_REQUESTS.status
            with_wait(page, form.refusal)
        return page


class SignIn(SayingWhen, BackWhereOneWas, LoginView):
    """With name and password."""

    template_name = "chat/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        return _signed_in(self.request, form.get_user(), self.get_success_url())


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class SignUp(SayingWhen, BackWhereOneWas, FormView[SignUpForm]):
    """A new account. A guest's name, rooms and conversations become its own."""

    template_name = "chat/sign_up.html"
    form_class = SignUpForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.ENV.wschat_sign_up:
            raise Http404
        if visitor.find_visitor(request).account:
            return HttpResponseRedirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return {"name": visitor.find_visitor(self.request).name}

    def get_form_kwargs(self) -> dict[str, Any]:
        address = self.request.META.get("REMOTE_ADDR", "")
        guest = visitor.find_visitor(self.request).participant
        return {**super().get_form_kwargs(), "guest": guest, "address": address}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        user = form.save()
        if user is None:
            return self.form_invalid(form)
        return _signed_in(self.request, user, self.get_success_url())


@method_decorator(addresses.posted_from("web:home"), name="dispatch")
class SignOut(LogoutView):
    """All that the browser's session knows goes. The account keeps its rooms."""

    next_page = "web:home"


@method_decorator(never_cache, name="dispatch")
class Account(SayingWhen, PasswordChangeView):
    """The account page: change the password."""

    template_name = "chat/account.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("web:account")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: Any) -> HttpResponse:
        note_sign_in(self.request, form.user)  # its cookie of before is void
        messages.success(self.request, _("Password changed. Other browsers have been signed out."))
        return super().form_valid(form)


def _signed_in(request: HttpRequest, user: User, place: str) -> HttpResponse:
    guest = visitor.find_visitor(request).participant
    if guest is not None:
        visits.adopt_earlier_rooms(request.session, guest)
    login(request, user)
    request.session.pop(revocations.SESSION_KEY, None)  # the earlier guest is this account now, or gone
    account = visitor.find_visitor_anew(request)
    if guest is not None and account.participant is not None:
        marks.begin_marks(account.participant, joined_rooms.take_over(guest, account.participant))
        blocks.take_over(guest, account.participant)
        unfinished.take_over(guest, account.participant)
        saved.take_over(guest, account.participant)
    return HttpResponseRedirect(place)

"""Pages of grants, cases and looks. The look pages are the same under the three desks."""

from django.urls import path, register_converter

from access import maps, news
from access.views import (
    approvals,
    arrangements,
    cases,
    emergencies,
    grants,
    looks,
    reasons,
    requests,
    shifts,
    tokens,
    who_sees,
)


class Desk:
    """One of the three desks from which people look."""

    regex = "pusat-komando|polsek|petugas"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Desk, "desk")

app_name = "access"
urlpatterns = [
    path("mitra/kamera/<uuid:public_id>/siapa-melihat/", who_sees.owner_who_sees, name="owner-who-sees"),
    path("polsek/akses/", grants.grant_list, name="grants"),
    path("polsek/akses/baru/", grants.grant_new, name="grant-new"),
    path("polsek/akses/baru/tujuan/", grants.grant_purposes, name="grant-purposes"),
    path("polsek/akses/permintaan/", requests.request_list, name="requests"),
    path("polsek/akses/permintaan/<uuid:public_id>/", requests.request_answer, name="request"),
    path("polsek/akses/persetujuan/", approvals.approval_list, name="approvals"),
    path("polsek/akses/persetujuan/<uuid:public_id>/", approvals.approval, name="approval"),
    path("polsek/akses/kamera/<uuid:public_id>/", who_sees.grantor_who_sees, name="who-sees"),
    path("polsek/akses/<uuid:public_id>/", grants.grant_detail, name="grant"),
    path("polsek/akses/<uuid:public_id>/cabut/", grants.grant_revoke, name="grant-revoke"),
    path("polsek/perkara/", cases.case_list, name="cases"),
    path("polsek/perkara/baru/", cases.case_new, name="case-new"),
    path("polsek/perkara/<uuid:public_id>/nomor/", cases.case_number, name="case-number"),
    path("polsek/perkara/<uuid:public_id>/perpanjang/", cases.case_extend, name="case-extend"),
    path("polsek/perkara/<uuid:public_id>/tutup/", cases.case_close, name="case-close"),
    path("polsek/perkara/<uuid:public_id>/peta.json", maps.case_map, name="case-map"),
    path("kunci-api/", tokens.tokens, name="tokens"),
    path("kunci-api/<uuid:public_id>/cabut/", tokens.token_revoke, name="token-revoke"),
    path("polsek/administrasi/alasan/", reasons.reason_list, name="reasons"),
    path("polsek/administrasi/alasan/baru/", reasons.reason_new, name="reason-new"),
    path("polsek/administrasi/alasan/<slug:code>/", reasons.reason_change, name="reason"),
    path("tugas/", looks.use_duty, name="use-duty"),
    path("peta/wilayah.json", maps.areas_map, name="areas-map"),
    path("<desk:desk>/kamera/", looks.camera_list, name="cameras"),
    path("<desk:desk>/kamera/peta.json", maps.cameras_map, name="cameras-map"),
    path("<desk:desk>/kamera/kabar/", news.list_news, name="cameras-news"),
    path("lihat/<uuid:public_id>/kabar/", news.look_news, name="look-news"),
    path("<desk:desk>/kamera/<uuid:public_id>/", looks.camera_look, name="camera"),
    path("<desk:desk>/kamera-perkara/<uuid:public_id>/", arrangements.arrangement, name="arrangement"),
    path("<desk:desk>/kamera-perkara/<uuid:public_id>/buka/", arrangements.open_cameras, name="arrangement-open"),
    path("<desk:desk>/kamera-perkara/<uuid:public_id>/kabar/", news.case_news, name="case-news"),
    path("<desk:desk>/minta-akses/", requests.ask, name="ask"),
    path("<desk:desk>/ganti-petugas/", shifts.shift_change, name="shift-change"),
    path("<desk:desk>/darurat/", emergencies.emergency, name="emergency"),
    path("<desk:desk>/lihat/<uuid:public_id>/", looks.look, name="look"),
    path("<desk:desk>/lihat/<uuid:public_id>/selesai/", looks.look_end, name="look-end"),
]

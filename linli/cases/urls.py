"""The desk: lists, the case page and its verbs, boards, situations."""

from django.urls import path

from linli.cases.views import batch, boards, case, common, intake, lists, quarantine, situations

app_name = "cases"
urlpatterns = [
    path("", common.home, name="home"),
    path("cases/", lists.case_list, name="list"),
    path("cases/new/", intake.case_new, name="new"),
    path("cases/new/addresses/", intake.addresses, name="new-addresses"),
    path("cases/new/kinds/", intake.kinds, name="new-kinds"),
    path("cases/export/", lists.case_export, name="export"),
    path("cases/batch/", batch.case_batch, name="batch"),
    path("cases/filters/", lists.filter_save, name="filter-save"),
    path("cases/filters/<int:number>/", lists.filter_open, name="filter-open"),
    path("cases/filters/<int:number>/delete/", lists.filter_delete, name="filter-delete"),
    path("quarantine/", quarantine.quarantine_list, name="quarantine"),
    path("quarantine/<uuid:quarantined_id>/", quarantine.quarantine_looked_at, name="quarantine-looked-at"),
    path("preview/", case.preview, name="preview"),
    path("photos/<uuid:photo_id>/", case.photo, name="photo"),
    path("dispatch/", boards.dispatch_board, name="dispatch-board"),
    path("dispatch/<str:reference>/", boards.dispatch_send, name="dispatch-send"),
    path("situations/", situations.situation_list, name="situation-list"),
    path("situations/<uuid:situation_id>/", situations.situation_board, name="situation"),
    path("situations/<uuid:situation_id>/points.json", situations.situation_points, name="situation-points"),
    path("situations/<uuid:situation_id>/merge/", situations.situation_merge, name="situation-merge"),
    path("situations/<uuid:situation_id>/dispatch/", situations.situation_dispatch, name="situation-dispatch"),
    path("situations/<uuid:situation_id>/close/", situations.situation_close, name="situation-close"),
    path("cases/<str:reference>/", case.case_detail, name="case"),
    path("cases/<str:reference>/note/", case.case_note, name="case-note"),
    path("cases/<str:reference>/follow/", case.case_follow, name="case-follow"),
    path("cases/<str:reference>/reveal/", case.case_reveal, name="case-reveal"),
    path("cases/<str:reference>/<slug:verb>/", case.case_take, name="case-take"),
]

from django.urls import path

from apps.learning import views

app_name = "learning"

urlpatterns = [
    path("courses/<str:language>/<uuid:key>/enrol/", views.enrol, name="enrol"),
    path("courses/<str:language>/<uuid:key>/finish/", views.finish, name="finish"),
    path("courses/<str:language>/<uuid:key>/done/", views.course_done, name="course-done"),
    path("courses/<str:language>/<uuid:key>/quiz/", views.quiz, name="quiz"),
    path("courses/<str:language>/<uuid:key>/quiz/start/", views.start_quiz, name="start-quiz"),
    path("courses/<str:language>/<uuid:key>/quiz/<slug:reference>/", views.quiz_try, name="quiz-try"),
    path("courses/<str:language>/<uuid:key>/quiz/<slug:reference>/answer/", views.answer_quiz, name="answer-quiz"),
    path("lessons/<str:language>/<uuid:key>/complete/", views.complete, name="complete"),
    path("lessons/<str:language>/<uuid:key>/place/", views.keep_place, name="keep-place"),
    path("lessons/<str:language>/<uuid:key>/save/", views.save, name="save"),
    path("lessons/<str:language>/<uuid:key>/clarity/", views.clarity, name="clarity"),
    path("changes/<uuid:key>/", views.policy_change, name="policy-change"),
    path("changes/<uuid:key>/read/", views.confirm_change, name="confirm-change"),
    path("changes/<uuid:key>/put-away/", views.put_change_away, name="put-change-away"),
    path("changes/<uuid:key>/check/", views.start_recheck, name="start-recheck"),
    path("changes/<uuid:key>/check/<slug:reference>/", views.recheck, name="recheck"),
    path("changes/<uuid:key>/check/<slug:reference>/answer/", views.answer_recheck, name="answer-recheck"),
    path("saved/", views.saved, name="saved"),
    path("goal/", views.goal, name="goal"),
    path("record/", views.record, name="record"),
    path("certificates/", views.check_form, name="check"),
    path("certificates/<str:reference>/", views.certificate, name="certificate"),
    path("certificates/<str:reference>/certificate.pdf", views.certificate_pdf, name="certificate-pdf"),
    path("certificates/<str:reference>/badge.<str:form>", views.badge, name="badge"),
    # What anyone who checks a badge looks up.
    path(".well-known/did.json", views.issuer_keys, name="issuer-keys"),
    path(".well-known/jwks.json", views.key_set, name="key-set"),
    path("badges/issuer.json", views.issuer, name="issuer"),
    path("badges/badge.svg", views.badge_picture, name="badge-picture"),
    path("badges/achievements/<str:language>/<uuid:key>.json", views.achievement, name="achievement"),
    path("badges/status/<str:number>.jwt", views.status_list, name="status-list"),
]

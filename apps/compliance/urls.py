from django.urls import path

from apps.compliance import views

app_name = "compliance"

urlpatterns = [
    path("standing/", views.standing, name="standing"),
    path("standing/ledger/", views.ledger, name="ledger"),
    path("standing/violations/<slug:reference>/", views.violation, name="violation"),
    path("standing/violations/<slug:reference>/quiz/", views.take_quiz, name="take-quiz"),
    path("standing/violations/<slug:reference>/quiz/<slug:attempt>/", views.quiz_try, name="result"),
    path("standing/violations/<slug:reference>/quiz/<slug:attempt>/answer/", views.answer_quiz, name="answer-quiz"),
    path("standing/violations/<slug:reference>/appeal/", views.appeal, name="appeal"),
    path("standing/appeals/<slug:reference>/files/<slug:position>/", views.appeal_file, name="appeal-file"),
    path("standing/practice/<slug:code>/", views.practise, name="practise"),
    path("standing/practice/<slug:code>/<slug:attempt>/", views.practice_try, name="practice-try"),
    path("standing/practice/<slug:code>/<slug:attempt>/answer/", views.answer_practice, name="answer-practice"),
]

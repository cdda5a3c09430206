from django.urls import path

from apps.learning import views

app_name = "learning"

urlpatterns = [
    path("courses/<str:language>/<uuid:key>/enrol/", views.enrol, name="enrol"),
    path("courses/<str:language>/<uuid:key>/finish/", views.finish, name="finish"),
    path("courses/<str:language>/<uuid:key>/done/", views.course_done, name="course-done"),
    path("lessons/<str:language>/<uuid:key>/complete/", views.complete, name="complete"),
    path("lessons/<str:language>/<uuid:key>/place/", views.keep_place, name="keep-place"),
    path("certificates/", views.check_form, name="check"),
    path("certificates/<str:reference>/", views.certificate, name="certificate"),
]

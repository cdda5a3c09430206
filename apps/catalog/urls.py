from django.urls import path

from apps.catalog import views

app_name = "catalog"

urlpatterns = [
    path("check/<str:language>/<uuid:key>/<str:block>/", views.check, name="check"),
]

from django.urls import path

from apps.catalog.views import checks

app_name = "catalog"

urlpatterns = [
    path("check/<str:language>/<uuid:key>/<str:block>/", checks.check, name="check"),
]

from django.urls import path

from apps.notifications import views

app_name = "notifications"

urlpatterns = [
    path("letters/", views.inbox, name="inbox"),
    path("letters/read/", views.mark_all_read, name="mark-all-read"),
    path("letters/settings/", views.settings_page, name="settings"),
    path("letters/again/", views.use_address_again, name="use-address-again"),
    path("letters/stop/<str:token>/", views.stop, name="stop"),
    path("letters/<uuid:reference>/", views.open_letter, name="open"),
]

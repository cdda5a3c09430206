from django.urls import path, re_path

from apps.web import views

app_name = "web"

urlpatterns = [
    path("", views.start, name="start"),
    re_path(r"^(?P<name>courses|policies|updates)/$", views.section, name="section"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("welcome/", views.welcome, name="welcome"),
    path("profile/", views.profile, name="profile"),
    path("help/", views.help_page, name="help"),
    path("search/", views.search, name="search"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("robots.txt", views.robots, name="robots"),
    path("style/", views.style, name="style"),
    path("style/letters/", views.style_letters, name="style-letters"),
    path("style/letters/<slug:name>/", views.style_letter, name="style-letter"),
    path("demo/mail/", views.demo_mail, name="demo-mail"),
]

"""The catalogue as packs have brought it, to be read at the desk."""

from django.urls import path

from linli.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("", views.category_list, name="category-list"),
    path("duties/", views.duty_list, name="duty-list"),
    path("calendar/", views.calendar_days, name="calendar"),
    path("words/", views.word_list, name="word-list"),
    path("options/", views.option_list, name="option-list"),
    path("<str:code>/", views.category_detail, name="category"),
]

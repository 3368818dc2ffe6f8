"""Addresses of messages, mounted at /messages/."""

from django.urls import path

from linli.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.message_list, name="message-list"),
    path("read/", views.messages_read, name="messages-read"),
    path("preferences/", views.preferences, name="preferences"),
    path("deliveries/", views.delivery_list, name="delivery-list"),
    path("deliveries/<uuid:delivery_id>/again/", views.delivery_again, name="delivery-again"),
    path("<uuid:message_id>/", views.message_open, name="message-open"),
]

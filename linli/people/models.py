"""People and their accounts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import get_language

from linli.kernel.encryption import EncryptedTextField, blind_index
from linli.kernel.identifiers import new_id


class Person(models.Model):
    """Somebody Linli knows: staff, resident, volunteer. Contact data is encrypted in store, shown masked."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    phone = EncryptedTextField(blank=True, default="")
    phone_index = models.CharField(max_length=32, blank=True, db_index=True)
    email = EncryptedTextField(blank=True, default="")
    language = models.CharField(max_length=10, default="zh-hans")
    pack = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        """The name in the language of the page."""
        return self.name if (get_language() or "zh").startswith("zh") else (self.name_en or self.name)

    def set_phone(self, phone: str) -> None:
        """Keep a phone number and the index by which it can be found."""
        self.phone = phone
        self.phone_index = blind_index("people.person.phone", phone) if phone else ""


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Account:
        account = self.model(username=username, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """How a person signs in. What they may do is not here: posts decide it."""

    username = models.CharField(max_length=60, unique=True)
    person = models.OneToOneField(Person, models.PROTECT, related_name="account")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    demo_order = models.PositiveSmallIntegerField(default=0)  # place among the one-click accounts of a demo; 0: none
    sentence_zh = models.CharField(max_length=160, blank=True)  # what this person does, told on the demo's sign-in page
    sentence_en = models.CharField(max_length=200, blank=True)

    offered_username = offered_name = ""  # what OpenID Connect calls somebody who has no account yet; not stored

    objects = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def get_full_name(self) -> str:
        return self.person.shown_name

    def __str__(self) -> str:
        return self.username

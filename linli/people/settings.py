"""Options of signing in and signing up."""

from __future__ import annotations

from linli.kernel.limits import limit

SIGN_IN_BY_NAME_HERE = limit("sign_in_name_address", "10/300", "Sign-ins to one name from one client address.")
SIGN_IN_BY_NAME = limit("sign_in_name", "60/300", "Sign-ins to one name from anywhere.")
SIGN_UP_BY_ADDRESS = limit("sign_up_address", "20/3600", "Accounts that one client address may open.")

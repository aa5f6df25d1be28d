"""What Google's errors mean. Answers never hold a token, an address or an event's words: they are logged and shown."""

import json

from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from googleapiclient.errors import HttpError
from httplib2 import HttpLib2Error

from calendarsync.gateways.base import AuthLost, CalendarLost, Failure, Later, Refused

ERRORS = (HttpError, HttpLib2Error, GoogleAuthError, OSError, json.JSONDecodeError)
"""Whatever a call may raise when Google refuses, answers nonsense or is not there."""
BUSY = ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "backendError")
SCOPES = ("insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientScopes", "authError")


def failure(error: Exception) -> Failure:
    """The failure that an exception of a call is."""
    if isinstance(error, HttpError):
        return _refusal(int(error.resp.status), reason_of(error))
    if isinstance(error, RefreshError):
        return _refresh(error)
    if isinstance(error, TransportError | OSError | HttpLib2Error):
        return Later(type(error).__name__, silent=True)
    return Later(type(error).__name__)


def reason_of(error: HttpError) -> str:
    """Google's short word for the error, such as `rateLimitExceeded`."""
    details = error.error_details
    if isinstance(details, list):
        for one in details:
            if isinstance(one, dict) and "reason" in one:
                return str(one["reason"])[:80]
    return ""


def _refusal(status: int, reason: str) -> Failure:
    why = f"{status} {reason}".strip()
    if status == 401:
        return AuthLost(why)
    if status == 403:
        if reason in BUSY:
            return Later(why)
        return AuthLost(why) if reason in SCOPES else CalendarLost(why)
    if status in (404, 410):
        return CalendarLost(why)
    if status in (408, 429) or status >= 500:
        return Later(why)
    return Refused(why)


def _refresh(error: RefreshError) -> Failure:
    """Only `invalid_grant` says that access was taken back; a wrong client secret, say, is no fault of the account."""
    answer = error.args[1] if len(error.args) > 1 else None
    code = answer.get("error", "") if isinstance(answer, dict) else ""
    if code == "invalid_grant":
        return AuthLost("invalid_grant")
    return Later(f"refresh: {code}" if isinstance(code, str) and code else "refresh failed")

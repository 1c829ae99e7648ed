"""One polite HTTP client for both services: paced, tried again, and sure of what it was given.

What is tried again: time-outs, broken connections, the statuses 408, 425, 429 and 5xx, and answers with status
200 that are none (a web page, an error as JSON, XML that was cut). The wait doubles from a second to a minute
with a random part, and is never shorter than the service's Retry-After (RFC 9110, section 10.2.3).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from lxml import etree
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

if TYPE_CHECKING:
    from lxml.etree import _Element

T = TypeVar("T")
Sleep = Callable[[float], None]

_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_BACKOFF = wait_exponential_jitter(initial=1, max=60, jitter=2)
_LONGEST_REST = 300.0  # seconds; a service that asks for more is left in peace until the next run
_SHOWN = 200  # characters of a service's own error that a message repeats


class ServiceError(Exception):
    """A service did not give what was asked; the message is one sentence with the cure.

    ``unreachable``: nothing can be had from the service now, so that other requests are no use either.
    """

    def __init__(self, message: str, *, unreachable: bool = False) -> None:
        super().__init__(message)
        self.unreachable = unreachable


class NotFound(ServiceError):
    """The service has nothing under that address (status 404)."""


class Unexpected(Exception):
    """An answer that is none, and may be one when asked again: ``str`` completes "the service ..."."""

    def __init__(self, what: str, rest: float | None = None) -> None:
        super().__init__(what)
        self.rest = rest


class Client:
    """Requests to one service.

    Args:
        name: The service's name in messages.
        base_url: What every path is appended to.
        per_second: Most requests that start within a second.
        agent: The User-Agent header.
        timeout: Seconds that the service may be silent.
        attempts: How often one request is tried.
        max_bytes: Longest answer, in bytes once unpacked.
        sleep, clock: For tests; in seconds.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        per_second: float,
        agent: str,
        timeout: float,
        attempts: int,
        max_bytes: int,
        sleep: Sleep = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._base = base_url.rstrip("/")
        self._interval = 1 / per_second
        self._attempts = attempts
        self._max_bytes = max_bytes
        self._sleep = sleep
        self._clock = clock
        self._next = 0.0
        self._http = httpx.Client(headers={"User-Agent": agent}, timeout=timeout, follow_redirects=True)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, params: Mapping[str, str | int], check: Callable[[bytes], T]) -> T:
        """What ``check`` makes of the answer to GET ``path``.

        Raises:
            NotFound: status 404.
            ServiceError: a refusal, or no answer that ``check`` takes in all attempts.
        """
        return self._persist("GET", path, check, params=params)

    def post(self, path: str, form: Mapping[str, str | int], check: Callable[[bytes], T]) -> T:
        """As `get`, with the parameters in the body: no limit of length, and no key in anybody's log."""
        return self._persist("POST", path, check, data=form)

    def _persist(self, method: str, path: str, check: Callable[[bytes], T], **sent: Any) -> T:
        tries = Retrying(
            stop=stop_after_attempt(self._attempts),
            wait=_wait,
            retry=retry_if_exception_type(Unexpected),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return tries(self._once, method, path, check, sent)
        except Unexpected as error:
            raise ServiceError(
                f"{self.name} {error}, {self._attempts} times in a row: run it again later; "
                "what was fetched is kept.",
                unreachable=True,
            ) from error

    def _once(self, method: str, path: str, check: Callable[[bytes], T], sent: dict[str, Any]) -> T:
        self._pace()
        try:
            with self._http.stream(method, f"{self._base}/{path}", **sent) as response:
                body = self._body(response)
        except httpx.TimeoutException as error:
            raise Unexpected("did not answer in time") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise Unexpected(f"could not be reached or broke off ({_brief(str(error))})") from error
        status = response.status_code
        if status in _TRY_AGAIN:
            raise self._busy(status, _rest(response.headers.get("Retry-After")))
        if status == 404:
            raise NotFound(f"{self.name} has nothing at {path}: check the identifier.")
        # NCBI wraps errors, passing ones too, into an answer with status 400: what it says decides.
        if status != 200 and not (status == 400 and b"<ERROR>" in body):
            raise self._refused(status, body)
        return check(body)

    def _pace(self) -> None:
        wait = self._next - self._clock()
        if wait > 0:
            self._sleep(wait)
        self._next = max(self._next, self._clock()) + self._interval

    def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._max_bytes:
                raise ServiceError(
                    f"{self.name} sent more than {self._max_bytes:,} bytes: raise KUPFFER_MAX_FILE_BYTES "
                    "if you trust it."
                )
        return bytes(body)

    def _busy(self, status: int, rest: float | None) -> Unexpected:
        if rest is not None and rest > _LONGEST_REST:
            raise ServiceError(
                f"{self.name} asks for {rest:,.0f} seconds of rest: run it again after that; "
                "what was fetched is kept.",
                unreachable=True,
            )
        return Unexpected(
            "asks for fewer requests" if status == 429 else f"failed with status {status}", rest
        )

    def _refused(self, status: int, body: bytes) -> ServiceError:
        reason = _brief(body.decode("utf-8", "replace"))
        return ServiceError(
            f"{self.name} refused the request (status {status}: {reason}): correct the query, or the address "
            "and key in the settings."
        )


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    rest = error.rest if isinstance(error, Unexpected) else None
    return max(_BACKOFF(state), rest or 0.0)


def _rest(header: str | None) -> float | None:
    """Retry-After in seconds; it is a number of seconds or a date."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def json_of(body: bytes, *keys: str) -> dict[str, Any]:
    """The JSON object in ``body`` that has all of ``keys``. Raises Unexpected for anything else."""
    _refuse_page(body, "JSON")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unexpected("sent JSON that is cut or broken") from error
    if not isinstance(value, dict) or any(key not in value for key in keys):
        raise Unexpected(f"sent an error ({_error_of(value)})")
    return value


def xml_of(body: bytes, *roots: str) -> _Element:
    """The root of the XML in ``body``, named as one of ``roots``. Raises Unexpected for anything else."""
    _refuse_page(body, "XML")
    if body.lstrip()[:1] == b"{":
        raise Unexpected(f"sent an error ({_error_of(json_of(body))})")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unexpected("sent XML that is cut or broken") from error
    name = etree.QName(root).localname
    if name not in roots:
        raise Unexpected(f"sent {name} in place of {' or '.join(roots)}")
    return root


def _refuse_page(body: bytes, wanted: str) -> None:
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        raise Unexpected(f"sent a web page in place of {wanted}")
    if not start:
        raise Unexpected(f"sent nothing in place of {wanted}")


def _error_of(value: Any) -> str:
    """What an error in JSON says: Europe PMC has errMsg, NCBI error."""
    known = value if isinstance(value, dict) else {}
    return _brief(str(known.get("errMsg") or known.get("error") or "without a reason"))


def _brief(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]} …"

"""One query into its folder: what is new since the last good run, what changed, and what is gone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.fetch.client import ServiceError
from pipeline.fetch.found import Service
from pipeline.fetch.keep import Keeper
from pipeline.fetch.manifest import Manifest, Unfinished
from pipeline.fetch.queries import Query
from pipeline.fetch.report import QueryReport
from pipeline.settings import Settings

Tell = Callable[[str], None]

# Both services date changes by the day, in their own time zones, and index them some hours later.
_OVERLAP = timedelta(days=2)
# So long a run that was cut is gone on with; an older one is begun again, so that nothing that it had taken
# and that changed since is missed.
_RESUMED = timedelta(days=8)
# So many that are gone at once are rather a fault of the service than papers that were withdrawn.
_GONE_AT_ONCE, _GONE_SHARE = 10, 0.2


class FolderBusy(RuntimeError):
    """Another process is fetching into the folder."""


@contextmanager
def only_fetcher(folder: Path) -> Iterator[None]:
    """Make ``folder`` and hold it for this process, or raise FolderBusy."""
    from pipeline.store.lock import Busy, only_writer

    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(only_writer(folder))
        except Busy:
            raise FolderBusy(f"{folder}: another fetch is writing this folder; wait for it to end.") from None
        yield


def harvest(
    name: str,
    query: Query,
    folder: Path,
    service: Service,
    *,
    settings: Settings,
    now: Callable[[], datetime],
    full: bool = False,
    tell: Tell = lambda line: None,
) -> QueryReport:
    """Bring ``folder`` up to what ``query`` finds.

    Args:
        full: Ask for everything again, not only for what changed since the last good run.
        tell: Is given one line now and then about how far it is.

    Raises:
        FolderBusy: another process is fetching into the folder.
        ManifestError, OSError: the folder's manifest, or the folder, is not usable.

    What the service did not give is in the report: its failures, and ``complete`` is false.
    """
    report = QueryReport(name, folder)
    with only_fetcher(folder):
        manifest = Manifest.load(folder)
        fresh = _begin(manifest, query, now(), full)
        manifest.save()
        keeper = Keeper(manifest, report, settings, now)
        try:
            _take_what_is_found(query, service, manifest, keeper, fresh, report, tell)
            _look_after_the_rest(query, service, manifest, keeper, fresh, report)
            if manifest.unfinished and not keeper.passing:
                manifest.last_good, manifest.unfinished = manifest.unfinished.started, None
                report.complete = True
        except ServiceError as error:
            report.fail(None, "service", str(error))
            report.unreachable = error.unreachable
        finally:
            keeper.close()
            manifest.save()
    return report


def _begin(manifest: Manifest, query: Query, started: datetime, full: bool) -> set[str]:
    """Write into the manifest what this run asks for; gives the keys that a run that was cut has done."""
    definition, cut = query.model_dump(mode="json"), manifest.unfinished
    renewed = manifest.query not in (None, definition)
    if renewed:
        manifest.last_good = None
    manifest.query = definition
    if cut and not renewed and not full and started - cut.started < _RESUMED:
        return {
            key
            for key, entry in manifest.held()
            if entry.fetched_at >= cut.started and (manifest.folder / entry.file).is_file()
        }
    since = None if full or manifest.last_good is None else manifest.last_good - _OVERLAP
    manifest.unfinished = Unfinished(started, since, renewed or bool(cut and cut.renewed))
    return set()


def _take_what_is_found(
    query: Query,
    service: Service,
    manifest: Manifest,
    keeper: Keeper,
    fresh: Collection[str],
    report: QueryReport,
    tell: Tell,
) -> None:
    begun = manifest.unfinished
    assert begun is not None
    listed: set[str] = set()
    for batch in service.batches(query, begun.since.date() if begun.since else None, fresh):
        for item in batch.items:
            keeper.take(item)
        listed.update(batch.listed)
        report.found = batch.found
        manifest.save()
        tell(f"{report.name}: {len(listed):,} of {min(batch.found, query.limit):,}")
    report.limited = report.found > query.limit
    if begun.renewed:
        for key in [key for key, _ in manifest.held() if key not in listed]:
            keeper.let_go(key, "not-found")


def _look_after_the_rest(
    query: Query,
    service: Service,
    manifest: Manifest,
    keeper: Keeper,
    fresh: Collection[str],
    report: QueryReport,
) -> None:
    """What did not come up: fetch again what lost its file or is back, let go of what its source deleted."""
    rest = {key: entry.file for key, entry in manifest.held() if key not in keeper.seen and key not in fresh}
    lost = [key for key, file in rest.items() if not (manifest.folder / file).is_file()]
    # A source that for a night did not know a paper must not cost it for ever: it may come back unchanged.
    deleted = sorted(
        key
        for key, entry in manifest.records.items()
        if entry.reason == "deleted" and entry.deleted_at and key not in keeper.seen
    )
    back = sorted(service.known(deleted)) if deleted else []
    for item in service.again([*lost, *back], query.open_access_only) if lost or back else ():
        keeper.take(item)
    held = sorted(rest.keys() - set(lost))
    gone = sorted(set(held) - service.known(held)) if held else []
    if len(gone) > max(_GONE_AT_ONCE, _GONE_SHARE * len(held)):
        report.fail(
            None,
            "gone",
            f"{report.name}: {service.name} no longer knows {len(gone)} of {len(held)} papers, and none was "
            f"removed: run it again, and if that is right, remove {report.folder} first.",
        )
        return
    for key in gone:
        keeper.let_go(key, "deleted")

"""Work that takes too long is broken off, wherever it runs and whatever it catches; other work is not."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import pytest

from pipeline.limits import Overtime, within

SHORT = 0.05


def spin(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def forgiving(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        try:
            spin(seconds)
        except Exception:
            continue


def in_a_thread(work: Callable[[], None]) -> None:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    if raised:
        raise raised[0]


def here(work: Callable[[], None]) -> None:
    work()


@pytest.fixture(params=[here, in_a_thread])
def run(request: pytest.FixtureRequest) -> Callable[[Callable[[], None]], None]:
    return request.param


@pytest.mark.parametrize("work", [spin, forgiving])
def test_what_takes_too_long_is_broken_off(run, work):
    def limited() -> None:
        with within(SHORT):
            work(30)

    began = time.process_time()
    with pytest.raises(Overtime):
        run(limited)
    assert time.process_time() - began < 10


def test_what_ends_in_time_is_left_alone(run):
    done = []

    def limited() -> None:
        for _ in range(20):
            with within(SHORT):
                spin(SHORT / 10)
        spin(4 * SHORT)  # after the block nothing comes any more
        done.append(True)

    run(limited)
    assert done


def test_waiting_is_not_counted(run):
    def limited() -> None:
        with within(SHORT):
            time.sleep(4 * SHORT)

    run(limited)


def test_a_block_inside_another_leaves_it_its_limit(run):
    def limited() -> None:
        with within(4 * SHORT):
            with within(30):
                spin(SHORT)
            spin(30)

    with pytest.raises(Overtime):
        run(limited)


def test_what_the_block_raises_comes_out_and_the_handler_goes_back():
    before = signal.getsignal(signal.SIGPROF)
    with pytest.raises(KeyError), within(30):
        raise KeyError
    assert signal.getsignal(signal.SIGPROF) is before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)

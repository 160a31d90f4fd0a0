"""Jobs: their progress, cancelling them, coming back to them, and that there are not too many."""

from __future__ import annotations

import threading
import time

import pytest

from trasluz.base.errors import DataError, WorkspaceLocked
from trasluz.server.jobs import Jobs, Outcome
from trasluz.server.limits import Limits
from trasluz.server.refusals import Busy


@pytest.fixture
def jobs():
    made = Jobs(Limits(jobs=2, queued_jobs=2, held_jobs=3))
    yield made
    made.close()


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_job_tells_how_it_goes_and_what_came_of_it(jobs):
    go = threading.Event()

    def work(job):
        with job.task("counting", 10) as step:
            step(4, note="half way")
            assert go.wait(10)
            step(6)
        job.say("done counting")
        return Outcome({"answer": 42}, {"a.bin": ("application/octet-stream", b"x")})

    job = jobs.start("test", "A test", work)
    until(lambda: (job.document()["progress"] or {}).get("done") == 4)
    document = job.document()
    assert document["state"] == "running" and document["progress"]["note"] == "half way"
    version = document["version"]
    go.set()
    jobs.wait(job, 10)
    document = job.document()
    assert document["state"] == "done" and document["result"] == {"answer": 42} and document["files"] == ["a.bin"]
    assert document["said"] == ["done counting"] and document["version"] > version and document["progress"] is None


def test_a_job_is_cancelled_at_its_next_step(jobs):
    steps = []

    def work(job):
        with job.task("going on", None) as step:
            while True:
                step(1)
                steps.append(1)
                time.sleep(0.005)

    job = jobs.start("test", "Endless", work)
    until(lambda: len(steps) > 3)
    job.cancel()
    jobs.wait(job, 10)
    assert job.state == "cancelled" and job.outcome is None


def test_too_many_are_refused_and_those_that_wait_can_be_cancelled(jobs):
    go = threading.Event()

    def work(job):
        assert go.wait(20)
        return Outcome({})

    running = [jobs.start("test", "r", work) for _ in range(2)]
    until(lambda: all(job.state == "running" for job in running))
    waiting = [jobs.start("test", "w", work) for _ in range(2)]
    with pytest.raises(Busy):
        jobs.start("test", "one too many", work)
    waiting[0].cancel()
    assert waiting[0].state == "cancelled"
    go.set()
    jobs.wait(waiting[1], 10)
    assert waiting[1].state == "done"


def test_an_error_fails_the_job_alone_and_a_fault_of_ours_tells_nothing(jobs):
    def refuses(job):
        raise DataError("no pictures", next="Take others")

    def breaks(job):
        raise KeyError("a secret")

    first, second = jobs.start("test", "a", refuses), jobs.start("test", "b", breaks)
    for job in (first, second):
        jobs.wait(job, 10)
    assert first.state == second.state == "failed"
    assert first.document()["error"]["sentence"] == "no pictures. Take others."
    assert "secret" not in str(second.document())


def test_a_job_that_finds_the_workspace_taken_by_another_one_waits_for_it(jobs):
    go, tries = threading.Event(), []

    def holds(job):
        assert go.wait(20)
        return Outcome({})

    def writes(job):
        tries.append(1)
        if not first.finished:
            raise WorkspaceLocked("taken")
        return Outcome({"tries": len(tries)})

    first = jobs.start("test", "holds", holds)
    until(lambda: first.state == "running")
    second = jobs.start("test", "writes", writes)
    until(lambda: second.behind is first)
    told = second.document()
    assert told["state"] == "waiting" and [one["title"] for one in told["waits_for"]] == ["holds"]
    go.set()
    jobs.wait(second, 10)
    assert second.document()["result"] == {"tries": 2}


def test_finished_ones_are_forgotten_in_time(jobs):
    for i in range(8):
        jobs.wait(jobs.start("test", str(i), lambda job: Outcome({})), 10)
    assert [job["title"] for job in jobs.list()] == ["7", "6", "5", "4"]


def test_jobs_over_http(client, studio):
    go = threading.Event()

    def work(job):
        with job.task("counting", 2) as step:
            step(1)
            assert go.wait(20)
        return Outcome({"n": 1}, {"sheet.webp": ("image/webp", b"RIFF")})

    job = studio.jobs.start("test", "A test", work)
    until(lambda: job.document()["progress"] is not None)
    seen = client.get(f"api/jobs/{job.id}").json()
    assert [one["id"] for one in client.get("api/jobs").json()] == [job.id] and seen["state"] == "running"
    go.set()
    while seen["state"] == "running":  # what a page that comes back does
        seen = client.get(f"api/jobs/{job.id}", params={"after": seen["version"], "wait": 5}).json()
    assert seen["state"] == "done" and seen["result"] == {"n": 1}
    assert client.get(f"api/jobs/{job.id}/files/sheet.webp").content == b"RIFF"
    assert client.get(f"api/jobs/{job.id}/files/other").status_code == 404
    assert client.get(f"api/jobs/{job.id}/export").status_code == 404
    assert client.delete("api/jobs/none").status_code == 404

"""What a refusal of the kernel is turned into."""

import errno

import pytest

from memtui.proc.unavailable import Why
from memtui.trace import refused as rules
from memtui.trace.refused import last_word, refused

LOG = """\
0: R1=ctx() R10=fp0
0: (79) r1 = *(u64 *)(r1 +99)
func 'x' size 8 must be 8 aligned

processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
"""


def test_the_verifier_is_quoted_where_it_says_what_is_wrong() -> None:
    assert last_word(LOG) == "func 'x' size 8 must be 8 aligned"
    found = refused(OSError(errno.EACCES, ""), "mm_filemap_fault", log=LOG)
    assert str(found.reason) == "could not be read: mm_filemap_fault: func 'x' size 8 must be 8 aligned"
    assert found.log == LOG


def test_an_empty_log_still_gives_a_word() -> None:
    assert last_word("processed 3 insns\n") == "refused by the verifier"


def test_without_privilege_it_says_what_would_bring_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "capabilities", lambda: 0)
    assert refused(OSError(errno.EPERM, ""), "maps").reason.need == rules.NEEDS_BPF


def test_with_privilege_it_says_who_withholds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "capabilities", lambda: 1 << rules.CAP_BPF | 1 << rules.CAP_PERFMON)
    monkeypatch.setattr(rules, "in_user_namespace", lambda: False)
    monkeypatch.setattr(rules, "lockdown", lambda: "integrity")
    reason = refused(OSError(errno.EPERM, ""), "filemap_read").reason
    assert reason.why is Why.DENIED
    assert reason.need == "filemap_read: the kernel withholds it (lockdown=integrity)"


def test_half_the_capabilities_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "capabilities", lambda: 1 << rules.CAP_BPF)
    assert not rules.privileged()


def test_what_a_kernel_does_not_have_is_absent() -> None:
    assert refused(OSError(errno.ENOSYS, ""), "bpf").reason.why is Why.ABSENT

"""What the programs must know of this kernel's types, from its BTF."""

import os
from typing import NamedTuple

from memtui.proc.unavailable import Unavailable, Why
from memtui.trace.bpf.btf import Btf
from memtui.trace.bpf.insn import Size
from memtui.trace.refused import Refused


class OrderAt(NamedTuple):
    """Where a large folio keeps its order (log2 of its pages), and the bits of it that count."""

    offset: int
    size: Size
    mask: int


class Shape(NamedTuple):
    """Offsets in bytes, bits by their number. `order` is None where a folio, or page, is always one page to us."""

    page_shift: int
    host: int  # of struct address_space
    i_size: int  # of struct inode
    mapping: int  # of struct folio, before 5.16 of struct page
    page_index: int
    flags: int
    head_bit: int
    order: OrderAt | None


class FaultShape(NamedTuple):
    """The way from a page fault to its file: `vmf->vma->vm_file->f_mapping`, and `vmf->pgoff`."""

    vma: int
    pgoff: int
    vm_file: int
    f_mapping: int


def shape(types: Btf) -> Shape:
    """The offsets of this kernel; raises `Refused` where its types are not those known from 5.10 to 6.18."""
    unit = "folio" if types.offset("folio", "mapping") is not None else "page"
    return Shape(
        page_shift=os.sysconf("SC_PAGE_SIZE").bit_length() - 1,
        host=_need(types, "address_space", "host"),
        i_size=_need(types, "inode", "i_size"),
        mapping=_need(types, unit, "mapping"),
        page_index=_need(types, unit, "index"),
        flags=_need(types, unit, "flags"),
        head_bit=types.enumerator("pageflags", "PG_head") or 0,
        order=_order(types),
    )


def fault_shape(types: Btf) -> FaultShape:
    """The offsets on the way of a page fault; raises `Refused`."""
    return FaultShape(
        vma=_need(types, "vm_fault", "vma"),
        pgoff=_need(types, "vm_fault", "pgoff"),
        vm_file=_need(types, "vm_area_struct", "vm_file"),
        f_mapping=_need(types, "file", "f_mapping"),
    )


def _order(types: Btf) -> OrderAt | None:
    """6.6 and later: low byte of `_flags_1`; 5.18 to 6.5: the byte `_folio_order`; before: no large pages."""
    if (old := types.offset("folio", "_folio_order")) is not None:
        return OrderAt(old, Size.U8, 0xFF)
    if (new := types.offset("folio", "_flags_1")) is not None:
        return OrderAt(new, Size.U64, 0xFF)
    return None


def _need(types: Btf, struct: str, member: str) -> int:
    offset = types.offset(struct, member)
    if offset is None:
        raise Refused(Unavailable(Why.ABSENT, f"struct {struct} has no {member}"))
    return offset

"""Names that people give, and what each is called on a disk.

A name is Unicode text (NFC) that is shown as it was written. On the disk stands a form of it that every file system
keeps: what one of them refuses is written as `%XX`, as in an address. Plain names stand as they are, and so do those
of folders from before names could be more than that.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable

from trasluz.base.errors import UnsafePath

LONGEST = 120
"""Characters of a name."""
BYTES = 210
"""Of a name on the disk: with what stands before and behind it, it stays below the 255 that file systems take."""
BUILDING = ".building-"
"""What stands before the name of a folder while it is being made."""
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_REFUSED = re.compile(r'[<>:"/\\|?*%~\x00-\x1f\x7f]')
"""What one file system or another does not take, and the two signs that mean something in ours."""
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$",
            *(f"{device}{i}" for device in ("com", "lpt") for i in "0123456789¹²³")}  # fmt: skip
_MARK = re.compile(r"(.+)~([0-9a-f]{6})", re.DOTALL)
_JOINERS = "\u200c\u200d"
"""Invisible, but Persian, Hindi and families of emoji are written with them."""
_PATHS = re.compile(r"\.{1,2}|[/\\].*|[A-Za-z]:[/\\].*|.*[/\\]|(.*[/\\])?\.{1,2}([/\\].*)?|.*[/\\]{2}.*", re.DOTALL)
_OF_WORDS = {
    "model": (
        re.compile(r"[/\\:]|^[-.~]"),
        "':', '/' or '\\' in it, nor '-', '.' or '~' before it: that is read otherwise",
    ),
    "direction": (re.compile(r"="), "'=' in it, which stands before its strength"),
}  # fmt: skip
"""What the words of a command line keep for themselves, by what is named."""


def check_name(name: str, what: str = "name") -> str:
    """A name that somebody gives, in Unicode's composed form (NFC).

    Raises:
        UnsafePath: it is empty, too long, a path that leads elsewhere, or of characters that cannot be shown.
    """
    given = unicodedata.normalize("NFC", _read(name))
    wrong = _wrong(given, what)
    if wrong:
        said = f"not a usable {what} name" if what != "name" else "not a usable name"
        raise UnsafePath(said, got=repr(name)[:200], allowed=wrong)
    return given


def _read(name: str) -> str:
    """What came from a command line whose encoding is not UTF-8, as the text that it is."""
    if name.isprintable():
        return name
    try:
        return os.fsencode(name).decode()
    except (UnicodeDecodeError, UnicodeEncodeError):
        return name


def _wrong(name: str, what: str) -> str:
    """What would be allowed instead, where a name cannot be used; else nothing."""
    if not name.strip() or len(name) > LONGEST or len(_escaped(name).encode("utf-8", "replace")) > BYTES:
        return f"1 to {LONGEST} characters, and up to {BYTES} bytes on the disk, where most letters take one to three"
    if not all(map(_shows, name)):
        return "letters, digits, signs and blanks, nothing that steers a terminal or cannot be seen"
    if _PATHS.fullmatch(name):
        return "a name, not a path that leads elsewhere"
    odd, rule = _OF_WORDS.get(what, (None, ""))
    return f"a {what}'s name has no {rule}" if odd is not None and odd.search(name) else ""


def _shows(character: str) -> bool:
    """Whether a character can be seen, or is one that others are written with."""
    return character in _JOINERS or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def is_name(name: str, what: str = "name") -> bool:
    """Whether a text is a name as `check_name` gives it."""
    return unicodedata.is_normalized("NFC", name) and not _wrong(name, what)


def check_file_name(name: str, what: str = "file") -> str:
    """Refuse what is no plain name of a file everywhere: for files that a document names."""
    if not _FILE.fullmatch(name) or name.endswith(".") or _is_device(name):
        raise UnsafePath(
            f"not a usable {what} name", got=repr(name)[:200],
            allowed="up to 120 letters, digits, '.', '_' and '-', beginning with a letter or digit",
        )  # fmt: skip
    return name


def on_disk(name: str, there: Iterable[str] = ()) -> str:
    """What a name is called on the disk, among what is `there` already: where that has it, as it stands there; where
    something there differs in nothing but capitals, with a mark, since many disks would take one for the other."""
    wanted = _native(_escaped(name))
    standing = list(there)
    if wanted in standing:
        return wanted
    found = next((entry for entry in standing if shown(entry) == name), None)
    if found is not None:
        return found
    alike = {unicodedata.normalize("NFC", entry).casefold() for entry in standing}
    return f"{wanted}~{_mark(name)}" if wanted.casefold() in alike else wanted


def shown(entry: str) -> str:
    """The name of what is called so on the disk."""
    marked = _MARK.fullmatch(entry)
    if marked is not None and _mark(_plain(marked[1])) == marked[2]:
        return _plain(marked[1])
    return _plain(entry)


def shortened(name: str, characters: int = LONGEST, size: int = BYTES) -> str:
    """A name that we make of others, where it would be too long: cut, with a hash of all of it."""
    if len(name) <= characters and len(_escaped(name).encode()) <= size:
        return name
    mark = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{clipped(name, characters - len(mark) - 1, size - len(mark) - 1)}-{mark}"


def clipped(name: str, characters: int, size: int) -> str:
    """The beginning of a name, of so many characters and bytes on the disk at most."""
    cut = name[:characters]
    while len(_escaped(cut).encode("utf-8", "replace")) > size:
        cut = cut[:-1]
    return cut.rstrip(" .-")


def words_of(text: str, keep: str = ".-") -> str:
    """A text as a part of a name: its letters and digits in any script, '_' and what is to be kept, and '-' for all
    else."""
    plain = unicodedata.normalize("NFC", text)
    return re.sub(r"-{2,}", "-", "".join(c if c.isalnum() or c in f"_{keep}" or _joins(c) else "-" for c in plain))


def _joins(character: str) -> bool:
    """Whether a character belongs to the letter before it, as the vowels of Hindi do."""
    return unicodedata.category(character) in ("Mn", "Mc") or character in _JOINERS


def _plain(entry: str) -> str:
    # Where the system's own encoding is not UTF-8, an ñ on the disk is two bytes that it cannot read.
    data = re.sub(rb"%([0-9A-Fa-f]{2})", lambda pair: bytes([int(pair[1], 16)]), os.fsencode(entry))
    return unicodedata.normalize("NFC", _written_out(data.decode("utf-8", "surrogateescape")))


def _written_out(text: str) -> str:
    """With bytes that are no text as `\\xf3`."""
    return (
        text if text.isprintable() else re.sub("[\udc80-\udcff]", lambda byte: f"\\x{ord(byte[0]) - 0xDC00:02x}", text)
    )


def _native(entry: str) -> str:
    """As the system's own functions take it, whatever its encoding is."""
    return os.fsdecode(entry.encode("utf-8", "surrogateescape"))


def _escaped(name: str) -> str:
    """Without what a file system refuses: its signs, blanks and dots at the ends, dashes before it, devices."""
    text = _REFUSED.sub(lambda sign: _hex(sign[0]), name)
    if text[:1] in (".", "-", " ") or _is_device(text):
        text = _hex(text[0]) + text[1:]
    return text[:-1] + _hex(text[-1]) if text[-1:] in (".", " ") else text


def _is_device(name: str) -> bool:
    return name.split(".")[0].rstrip(" ").lower() in _DEVICES


def _hex(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def _mark(name: str) -> str:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=3).hexdigest()

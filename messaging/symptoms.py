"""Words that worry in what a patient writes: the danger signs of docs/protocols.md, as people type
them, with and without accents. Pure.

It only sorts: every message stands in the inbox whatever is found here. A sign that is denied or
over ("không đau", "hết sưng") is told as named, and nobody is called out of bed for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from patients.public import names


@dataclass(frozen=True)
class Found:
    """A sign somebody named. `tier`: R1 within 60 minutes, R2 within 24 hours, R3 within 7 days,
    "" when she says that it is not so or over."""

    key: str
    tier: str


#: A sign, its tier, and how it is said, folded. `~` stands for up to three words between.
_SAID: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("breathing", "R1", ("kho tho", "ngat tho", "tho khong duoc", "khong tho duoc",
                         "khong tho noi", "nuot khong duoc", "khong nuot duoc", "kho nuot",
                         "nghet tho", "hut hoi")),
    ("bleeding", "R1", ("chay mau ~ khong cam", "mau ~ khong cam", "chay mau ~ khong ngung",
                        "mau chay ~ khong ngung", "chay mau ~ hoai", "mau chay ~ hoai",
                        "chay mau ~ nhieu", "mau chay ~ nhieu", "ra mau ~ nhieu",
                        "ra mau ~ hoai", "chay mau ~ khong dung", "khong cam duoc mau",
                        "khong cam mau", "mau van chay", "mau ra lien tuc", "chay mau lien tuc",
                        "bang huyet")),
    ("swelling", "R1", ("sung to hon", "sung nhieu hon", "sung lon hon", "sung tang",
                        "cang sung", "cang ngay cang sung", "sung ~ hon hom qua",
                        "ha mieng khong duoc", "khong ha mieng duoc", "ha mieng het noi",
                        "cung ham")),
    ("spreading", "R1", ("sung ~ mat trai", "sung ~ mat phai", "sung ~ len mat",
                         "sung ~ lan", "sung ~ xuong co", "sung ~ toi co", "sung ~ den co",
                         "sung ~ vung co", "sung ~ hai mat", "sung ~ mi mat")),
    ("swallowed", "R1", ("nuot phai ~ mac cai", "nuot phai", "nuot mat", "hit phai",
                         "lot vao hong", "mac o co hong")),
    ("fever", "R2", ("sot", "nong lanh run", "on lanh")),
    ("face", "R2", ("sung", "sung mat", "phu mat")),
    ("bruise", "R2", ("bam tim", "tu mau", "tim bam")),
    ("numb", "R2", ("te", "te moi", "te luoi", "te cam", "mat cam giac", "con te")),
    ("pus", "R2", ("mu", "chay mu", "co mu", "ra mu", "hoi tanh", "mui hoi", "mui tanh",
                   "hoi mieng")),
    ("night_pain", "R2", ("dau ~ ca dem", "dau ~ ban dem", "dau ~ khong ngu duoc", "dau qua",
                          "mat ngu vi dau", "dau ~ du doi", "dau ~ nhieu", "dau ~ lam", "nhuc",
                          "van ~ dau", "con ~ dau", "dau ~ hon", "dau ~ may ngay", "dau ~ hoai",
                          "dau ~ suot", "dau ~ lien tuc", "dau am i", "nhoi")),
    ("pain", "R3", ("dau", "e buot", "buot", "moi ham")),
    ("bleeding_some", "R2", ("chay mau", "ra mau", "mau chay", "ri mau", "roi mau")),
    ("lost", "R2", ("rot tram", "bong tram", "roi tram", "sut tram", "mieng tram ~ rot",
                    "mieng tram ~ roi", "mieng tram ~ bong", "vo mieng tram", "rot mieng tram",
                    "bong mieng tram", "roi mieng tram", "rot thuoc", "rot ~ tram tam")),
    ("loose", "R2", ("lung lay", "rang gia ~ rot", "long vit", "rot mao", "rot rang su",
                     "bong rang su", "long implant", "rang su ~ rot", "rot rang")),
    ("injury", "R2", ("te nga", "bi nga", "va dap", "bi danh", "dap mat", "dap mieng")),
    ("retainer", "R2", ("mat ham duy tri", "gay ham duy tri", "vo ham duy tri",
                        "mat khay", "vo khay", "gay khay")),
    ("vomit", "R2", ("non", "oi mua", "chong mat", "ngat xiu", "xiu", "di ung", "noi man",
                     "me day")),
    ("high_bite", "R3", ("can kenh", "bi kenh", "cham cao", "can cao", "cao qua ~ can", "com")),
    ("wire", "R3", ("day cung ~ dam", "day dam", "day ~ choc", "dam vao ma", "dam nuou", "dam loi",
                    "dut day cung", "tuot day cung")),
    ("bracket", "R3", ("rot mac cai", "sut mac cai", "bong mac cai", "roi mac cai",
                       "mac cai ~ rot", "mac cai ~ bong", "mac cai ~ sut")),
)  # fmt: skip
#: Right before a sign: it is not so, or over.
_DENIED = ("khong", "ko", "k", "kg", "khg", "hok", "hong", "khong con", "ko con", "het", "het han",
           "chua", "chua thay", "chua bi", "khong thay", "khong bi", "ko bi", "ko thay", "do",
           "bot", "giam", "da het", "da do", "het bi", "chang", "khong co", "ko co", "khong he",
           "khong con thay", "khong con bi", "khong cam thay", "het con", "do bi")  # fmt: skip
#: A denial of its end: "chưa hết sưng" is swollen.
_STILL = ("chua het", "khong het", "ko het", "chua do", "khong do", "ko do", "chua giam",
          "khong giam", "chua bot", "khong bot", "ko bot", "ko giam")  # fmt: skip
#: Right after it: it is over, or getting better.
_OVER = ("da het", "het roi", "da do", "do roi", "giam roi", "da giam", "bot roi", "da bot",
         "do nhieu", "giam nhieu", "bot nhieu", "do hon", "da on", "het han", "xep roi", "da xep",
         "khong con", "ko con")  # fmt: skip
#: Between a denial and the sign these may stand: "không hề bị đau gì", "hết cả sưng".
_BETWEEN = frozenset({"he", "bi", "con", "thay", "co", "cam", "ca", "gi", "nhieu", "may", "lam"})
#: Words that look alike once the accents are gone, and are no sign: said with their neighbours.
_INNOCENT = (
    "dau tien", "ban dau", "tu dau", "o dau", "bat dau", "dau nam", "dau thang", "dau tuan",
    "dau gio", "lan dau", "dau duoi", "goi dau", "toi dau", "di dau", "cho dau", "dau co",
    "lo dau", "dau ngo", "dau hu", "dau do", "dau bep", "di den dau", "khong di dau",
    "te ra", "te nhi", "kinh te", "thuc te", "quoc te", "y te", "tien te", "mu bao hiem",
    "doi mu", "cai mu", "mat hang", "so sot", "thieu sot", "con sot lai", "sung suong",
    "sung sot", "bo sung", "non bao hiem", "nui non", "dau nanh", "bua com", "an com", "nau com",
    "com trua", "com toi", "com nuoc", "mau rang", "doi mau", "mau sac", "mau trang", "tem mau",
    "dau xanh", "hang dau", "dung dau", "nhung dau", "mon dau", "dau tu", "dau moi", "dau ra",
    "dau vao", "so dau", "muc te", "sang dau", "ve dau", "nam dau", "gui dau", "bao nhieu tien te",
)  # fmt: skip
#: With accents, a word is what it says: of these the folded form is trusted only without any.
_EXACT = {
    "dau": {"đau", "dau"}, "te": {"tê", "té", "te"}, "mu": {"mủ", "mu"}, "sot": {"sốt", "sot"},
    "sung": {"sưng", "sung"}, "non": {"nôn", "non"}, "com": {"cộm", "com"}, "on": {"ớn", "on"},
    "nhuc": {"nhức", "nhuc"}, "buot": {"buốt", "buot"}, "mau": {"máu", "mau"},
    "hong": {"hông", "hổng"}, "do": {"đỡ"}, "bot": {"bớt"}, "het": {"hết"},
    "xiu": {"xỉu", "xiu"}, "ngat": {"ngất", "ngạt", "ngat"}, "nuot": {"nuốt", "nuot"},
}  # fmt: skip
#: These alone, without accents, are too common to be taken for a sign.
_ONLY_WITH_ACCENTS = frozenset({"te", "mu", "non", "com"})
_CLAUSES = re.compile(r"[.,;!?]|\bnhưng\b|\bnhung\b|\bmà\b", re.IGNORECASE)


def named(text: str) -> list[Found]:
    """The signs a message names, the worst first; each once, a live one before a denied one."""
    best: dict[str, Found] = {}
    for clause in _CLAUSES.split(names.clean(text.replace("\n", ". ")).casefold()):
        for found in _clause(clause):
            known = best.get(found.key)
            if known is None or (found.tier and not known.tier):
                best[found.key] = found
    return sorted(best.values(), key=lambda found: found.tier or "R9")


def _clause(clause: str) -> list[Found]:
    folded, sure = (f" {' '.join(words)} " for words in _words(clause))
    for innocent in _INNOCENT:
        folded, sure = (each.replace(f" {innocent} ", " · ") for each in (folded, sure))
    found: list[Found] = []
    for key, tier, sayings in _SAID:
        for saying in sayings:
            where = sure if saying in _ONLY_WITH_ACCENTS else folded
            match = _pattern(saying).search(where)
            if match is None:
                continue
            denied = _denied(where[: match.start() + 1], where[match.end() - 1 :], saying)
            found.append(Found(key, "" if denied else tier))
            if not denied:
                break
    return found


def _words(clause: str) -> tuple[list[str], list[str]]:
    """The clause folded, word by word, and once more without those that only accents make sure.

    A word whose accents say something else is struck out of both.
    """
    folded, sure = [], []
    with_accents = not clause.isascii()
    for word in re.findall(r"\w+", clause):
        plain = names.fold(word)
        exact = _EXACT.get(plain)
        accented = not word.isascii()
        other = exact is not None and accented and not _same(word, exact)
        if other or (plain == "do" and with_accents and not accented):  # "do" is no "đỡ" here
            plain = "·"
        folded.append(plain)
        doubtful = plain in _ONLY_WITH_ACCENTS and (not accented or word == "té")
        sure.append("·" if doubtful else plain)
    return folded, sure


def _same(word: str, exact: set[str]) -> bool:
    return word in exact


def _pattern(saying: str) -> re.Pattern[str]:
    return re.compile(" " + saying.replace(" ~ ", " (?:[^ ]+ ){0,3}") + " ")


def _denied(before: str, after: str, saying: str) -> bool:
    """Whether what stands right before it denies it, or right after it says it is over."""
    if saying.startswith("khong") or " khong " in saying:
        return False  # "không cầm được máu" is the sign itself
    words = before.split()
    while words and words[-1] in _BETWEEN and len(words) > 1:
        words.pop()
    tail = " ".join(words)
    if any(tail.endswith(still) for still in _STILL):
        return False
    if any(tail == no or tail.endswith(f" {no}") for no in _DENIED):
        return True
    rest = " ".join(after.split()[:4])
    return any(f"{rest} ".startswith(f"{over} ") for over in _OVER)

"""Who a phone is to an Official Account: its Zalo user id there, and when they last spoke."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

from messaging.gateway.journal import Journal

# Zalo's ids are longer than a float holds, so who reads them as numbers loses the last digits.
ID_FLOOR = 10**18


@dataclass(slots=True)
class Friend:
    oa_id: str
    phone: str
    user_id: str
    by_app: str
    name: str = ""
    follower: bool = False
    last_at: float = 0.0  # of her last interaction; 0: never
    spoke: bool = False  # more than following
    replies: int = 0  # free answers used since that interaction
    asked: str = ""  # the message that asks for her contact data, not answered yet
    info: dict[str, str] = field(default_factory=dict)


class People:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._found: dict[tuple[str, str], Friend] = {}
        self.by_user: dict[str, Friend] = {}

    def get(self, oa_id: str, phone: str) -> Friend | None:
        return self._found.get((oa_id, phone))

    def meet(self, oa_id: str, phone: str) -> Friend:
        """The person behind a phone; unknown to this account until she did something."""
        friend = self._found.get((oa_id, phone))
        if friend is None:
            friend = Friend(
                oa_id, phone, _number("user", oa_id, phone), _number("app", oa_id, phone)
            )
            self._put(friend)
        return friend

    def user(self, oa_id: str, user_id: str) -> Friend | None:
        """A user id means somebody to one account only."""
        friend = self.by_user.get(user_id)
        return friend if friend is not None and friend.oa_id == oa_id else None

    def of(self, oa_id: str) -> list[Friend]:
        return [friend for friend in self._found.values() if friend.oa_id == oa_id]

    def of_phone(self, phone: str) -> list[Friend]:
        return [friend for friend in self._found.values() if friend.phone == phone]

    def interact(self, friend: Friend, at: float, *, spoke: bool = True) -> None:
        """Opens the window of seven days, and the free one of 48 hours, anew."""
        friend.last_at, friend.replies = at, 0
        friend.spoke = friend.spoke or spoke
        self.keep(friend)

    def keep(self, friend: Friend) -> None:
        self._journal.append("friend", asdict(friend))

    def _put(self, friend: Friend) -> None:
        self._found[friend.oa_id, friend.phone] = friend
        self.by_user[friend.user_id] = friend

    def replay(self, values: dict[str, Any]) -> None:
        self._put(Friend(**values))

    def snapshot(self) -> list[tuple[Any, ...]]:
        return [("friend", asdict(friend)) for friend in self._found.values()]

    def clear(self) -> None:
        self._found.clear()
        self.by_user.clear()


def _number(kind: str, oa_id: str, phone: str) -> str:
    """The same after a restart or a reset, so that what the product keeps stays true."""
    digest = hashlib.sha256(f"{kind}|{oa_id}|{phone}".encode()).hexdigest()
    return str(ID_FLOOR + int(digest[:15], 16) % (8 * ID_FLOOR))

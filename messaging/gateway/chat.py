"""Zalo's events about a conversation, a template or an account, in the shapes of the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging.gateway.calls import compact
from messaging.gateway.clock import milliseconds
from messaging.gateway.people import Friend

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway


class Chat:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def _now(self) -> str:
        return milliseconds(self._gateway.clock.now())

    def _tell(self, oa_id: str, told: dict[str, Any], *, zns: bool = False) -> None:
        account = self._gateway.accounts.zalo.get(oa_id)
        if account is None:
            return
        told["app_id"], told["timestamp"] = account.app_id, self._now()
        event = self._gateway.events.add(
            "zalo", oa_id, told["event_name"], compact(told), at=told["timestamp"], zns=zns
        )
        self._gateway.webhooks.tell(event)

    def of_user(self, friend: Friend, name: str, message: dict[str, Any]) -> None:
        """She is the sender."""
        sides = {"sender": {"id": friend.user_id}, "recipient": {"id": friend.oa_id}}
        told = {**sides, "user_id_by_app": friend.by_app, "event_name": name, "message": message}
        self._tell(friend.oa_id, told)

    def of_account(self, friend: Friend, name: str, message: dict[str, Any]) -> None:
        """The account is the sender, also of "she has received it" and "she has seen it"."""
        sides = {"sender": {"id": friend.oa_id}, "recipient": {"id": friend.user_id}}
        told = {**sides, "user_id_by_app": friend.by_app, "event_name": name, "message": message}
        self._tell(friend.oa_id, told)

    def seen(self, friend: Friend, message_ids: list[str]) -> None:
        """One event for all, or one for each in the other spelling."""
        if self._gateway.spellings.seen_msg_id:
            for message_id in message_ids:
                self.of_account(friend, "user_seen_message", {"msg_id": message_id})
        else:
            self.of_account(friend, "user_seen_message", {"msg_ids": message_ids})

    def following(self, friend: Friend, name: str) -> None:
        told = {"oa_id": friend.oa_id, "follower": {"id": friend.user_id}}
        told |= {"user_id_by_app": friend.by_app, "event_name": name, "source": "oa_profile"}
        self._tell(friend.oa_id, told)

    def chatnow(self, friend: Friend) -> None:
        told: dict[str, Any] = {"oa_id": friend.oa_id, "user_id": friend.user_id}
        told |= {"user_id_by_app": friend.by_app, "event_name": "user_click_chatnow"}
        self._tell(friend.oa_id, told)

    def submitted(self, friend: Friend, info: dict[str, str]) -> None:
        """Her contact data, in the shape of 2026 or in the flat one before it."""
        told: dict[str, Any] = {"sender": {"id": friend.user_id}, "recipient": {"id": friend.oa_id}}
        told |= {"user_id_by_app": friend.by_app, "event_name": "user_submit_info"}
        if self._gateway.spellings.old_info:
            names = ("name", "phone", "address", "city", "district", "ward")
            told["info"] = {name: info.get(name, "") for name in names}
        else:
            full = {"user_city": info.get("city", ""), "user_ward": info.get("ward", "")}
            full["user_address"] = info.get("address", "")
            told["info"] = {
                "name": info.get("name", ""),
                "phone": info.get("phone", ""),
                "user_dob": info.get("dob", ""),
                "gender": info.get("gender", ""),
                "full_address": full,
            }
        self._tell(friend.oa_id, told)

    # templates and accounts

    def feedback(self, oa_id: str, message: dict[str, Any]) -> None:
        told = {"event_name": "user_feedback", "message": message, "oa_id": oa_id}
        self._tell(oa_id, told, zns=True)

    def pressed(self, oa_id: str, message_id: str, message: dict[str, Any]) -> None:
        told = {"event_name": "user_click_response_button", "message": message}
        self._tell(oa_id, {**told, "msg_id": message_id, "oa_id": oa_id}, zns=True)

    def template_status(
        self, oa_id: str, template_id: str, change: tuple[str, str], reason: str
    ) -> None:
        told: dict[str, Any] = {"event_name": "change_template_status", "oa_id": oa_id}
        told |= {"template_id": template_id, "reason": reason}
        told["status"] = {"prev_status": change[0], "new_status": change[1]}
        self._tell(oa_id, told, zns=True)

    def template_quality(self, oa_id: str, template_id: str, change: tuple[str, str]) -> None:
        told: dict[str, Any] = {"event_name": "change_template_quality", "oa_id": oa_id}
        as_object = {"prev_quality": change[0], "new_quality": change[1]}
        told["template_id"] = template_id
        told["quality"] = as_object if self._gateway.spellings.quality_object else change[1]
        self._tell(oa_id, told, zns=True)

    def template_quota(
        self, oa_id: str, template_id: str, change: tuple[int | None, int | None]
    ) -> None:
        told: dict[str, Any] = {"event_name": "change_template_quota", "oa_id": oa_id}
        quota = {"prev_value": str(change[0] or ""), "new_value": str(change[1] or "")}
        self._tell(oa_id, {**told, "template_id": template_id, "quota": quota}, zns=True)

    def daily_quota(self, oa_id: str, change: tuple[int, int]) -> None:
        name = "oa_id" if self._gateway.spellings.quota_oa_id else "oaId"
        told: dict[str, Any] = {"event_name": "change_oa_daily_quota", name: oa_id}
        told["quota"] = {"prev_value": str(change[0]), "new_value": str(change[1])}
        self._tell(oa_id, told, zns=True)

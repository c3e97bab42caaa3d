"""What breaks: a site, an ACD, a feed."""

from streams.simulator.settings import Outage
from streams.simulator.visit import Stage, Visit
from streams.simulator.world import World, stay_of


class Failures:
    """Begins and ends outages."""

    def __init__(self, world: World) -> None:
        self._world = world

    def appoint(self, outage: Outage, start_ms: int) -> None:
        """Let the outage happen at `start_ms`."""
        end_ms = start_ms + round(outage.minutes * 60_000)
        agenda, out, name = self._world.agenda, self._world.out, outage.name
        if outage.kind == "feed_silent":
            agenda.at(start_ms, out.silence, name)
            agenda.at(end_ms, out.resume, name)
        elif outage.kind == "site_down":
            agenda.at(start_ms, self._site_down, name)
            agenda.at(end_ms, self._world.floor.site_up, name)
        elif outage.kind == "chat_restart":
            agenda.at(start_ms, self._chat_restart)
        elif outage.kind in ("technology_down", "technology_degraded"):
            agenda.at(start_ms, self._put, name, outage.kind.removeprefix("technology_"))
            agenda.at(end_ms, self._put, name, "up")
        else:
            agenda.at(start_ms, self._acd_down, name, outage.kind == "acd_restart")
            agenda.at(end_ms, self._acd_up, name)

    def _site_down(self, site: str) -> None:
        world = self._world
        world.floor.site_down(site)
        for visit in list(world.live.values()):
            if visit.helper is not None and visit.helper.site == site:
                world.desk.dismiss_helper(visit)
            if visit.person is not None and visit.person.site == site:
                self._leave_alone(visit)
        for visit in list(world.live.values()):
            if visit.stage is Stage.WAITING:
                world.room.watch_for_staff(visit)
        if world.chats is not None:
            world.chats.site_down(site)

    def _chat_restart(self) -> None:
        if self._world.chats is not None:
            self._world.chats.restart()

    def _put(self, technology: str, status: str) -> None:
        if self._world.bots is not None:
            self._world.bots.put(technology, status)

    def _leave_alone(self, visit: Visit) -> None:
        world, person = self._world, visit.person
        assert person is not None
        if visit.stage is Stage.RINGING:
            person.busy = False
            person.doing = person.work = ""
            world.room.put_back(visit, "failure")
        elif visit.stage is Stage.DIALLING:
            world.room.fail_attempt(visit, "failure")
        elif visit.stage is Stage.TALKING:
            world.desk.cut(visit, "failure", acw=False)
        elif visit.stage is Stage.ACW:
            world.desk.end_acw(visit, visit.turn)
        else:
            world.end(visit)

    def _acd_down(self, acd: str, forgets: bool) -> None:
        world = self._world
        world.closed |= {name for name, one in world.settings.programs.items() if one.acd == acd}
        for visit in list(world.live.values()):
            if visit.source == acd:
                if forgets:
                    self._forget(visit)
                else:
                    self._drop(visit)

    def _drop(self, visit: Visit) -> None:
        if visit.can_be_lost:
            self._world.room.lose(visit, "system", "failure")
        elif visit.stage is Stage.DIALLING:
            self._world.room.fail_attempt(visit, "failure")
        elif visit.stage is Stage.TALKING:
            self._world.desk.cut(visit, "failure", acw=True)

    def _forget(self, visit: Visit) -> None:
        world = self._world
        if visit.stage is Stage.PAUSE:
            world.end(visit)
        elif visit.work is not None:
            world.desk.lose_track(visit)
        else:
            world.out.say(visit, "tracking_lost", reason="restart")
            world.truth.lost_waiting(stay_of(visit))
            world.end(visit)

    def _acd_up(self, acd: str) -> None:
        world = self._world
        world.closed -= {name for name, one in world.settings.programs.items() if one.acd == acd}
        for visit in list(world.live.values()):
            if visit.source == acd and visit.stage is Stage.WAITING:
                world.room.stand(visit)

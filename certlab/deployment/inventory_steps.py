"""Steps that change the inventory: a device joins, dial plans become one, or get another mode."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import StepRefused
from .deployment import Deployment
from .inventory import Device, DialPlan, Inventory, Role, SecurityMode
from .models import with_shipped_roots
from .steps import DeviceStep, Step, powershell, start_up_mode


@dataclass(frozen=True, repr=False)
class AddDevice(DeviceStep):
    """A device is taken into the inventory, with the roots it ships and no certificate yet.

    ``security`` is the mode of those of its dial plans that come with it.
    """

    fqdn: str
    role: Role
    dial_plans: tuple[str, ...] = ()
    domain_joined: bool = False
    ships_roots: tuple[str, ...] = ()
    security: SecurityMode = SecurityMode.SIP_SECURED

    def apply(self, deployment: Deployment) -> Deployment:
        inventory, new = deployment.inventory, self._new
        taken = new.dns_name in inventory.by_fqdn
        names = {name.casefold() for name in (*inventory.devices, *deployment.authorities)}
        if taken or self.device.casefold() in names:
            raise StepRefused(
                f"the name {self.fqdn if taken else self.device!r} is taken",
                where=repr(self),
                remedy="Give the new device a name and an FQDN of its own.",
            )
        written = {name.casefold(): name for name in inventory.dial_plans}
        for name in self.dial_plans:
            if written.setdefault(name.casefold(), name) != name:
                raise StepRefused(
                    f"dial plan {name!r} is written {written[name.casefold()]!r} already",
                    where=repr(self),
                    remedy="Write it in one way: capitals do not tell two apart.",
                )
        plans = {name: DialPlan(name, self.security) for name in self.dial_plans}
        larger = Inventory(
            {**inventory.devices, self.device: new}, {**plans, **inventory.dial_plans}
        )
        return with_shipped_roots(replace(deployment, inventory=larger), [new])

    def is_done(self, deployment: Deployment) -> bool:
        there = deployment.inventory.devices.get(self.device)
        return there is not None and (there.fqdn, there.role) == (self.fqdn, self.role)

    @property
    def _new(self) -> Device:
        return Device(
            self.device, self.fqdn, self.role, self.dial_plans, self.domain_joined, self.ships_roots
        )

    def tell(self) -> str:
        return f"{self.device} joins as {self.role.title} of {', '.join(self.dial_plans) or '–'}"

    def command(self, deployment: Deployment) -> str:
        name, fqdn = powershell(self.device), powershell(self.fqdn)
        plans = [powershell(plan) for plan in self.dial_plans]
        if self.role is Role.UM_SERVER:
            return f"Set-UMServer -Identity {name} -DialPlans {', '.join(plans)}"
        if self.role is Role.EXCHANGE:
            return "Install the Exchange server; it is in no dial plan."
        return "\n".join(
            [
                f"New-UMIPGateway -Name {name} -Address {fqdn}",
                *(f"New-UMHuntGroup -Name {name} -UMIPGateway {name} -UMDialPlan {plan}"
                  for plan in plans),
            ]
        )  # fmt: skip


@dataclass(frozen=True, repr=False)
class MergeDialPlans(Step):
    """The devices of one dial plan move into another, whose security mode counts from then on."""

    plan: str
    into: str

    @property
    def place(self) -> str:
        return self.plan

    def apply(self, deployment: Deployment) -> Deployment:
        inventory = deployment.inventory
        missing = [plan for plan in (self.plan, self.into) if plan not in inventory.dial_plans]
        if missing or self.plan == self.into:
            raise StepRefused(
                f"no dial plan is called {missing[0]!r}" if missing else "it is one plan already",
                where=repr(self),
                expected="two of " + ", ".join(inventory.dial_plans),
            )
        devices = [replace(device, dial_plans=self._moved(device)) for device in inventory]
        plans = [plan for plan in inventory.dial_plans.values() if plan.name != self.plan]
        return replace(deployment, inventory=Inventory.of(devices, plans))

    def is_done(self, deployment: Deployment) -> bool:
        plans = deployment.inventory.dial_plans
        return self.plan not in plans and self.into in plans

    def _moved(self, device: Device) -> tuple[str, ...]:
        renamed = (self.into if plan == self.plan else plan for plan in device.dial_plans)
        return tuple(dict.fromkeys(renamed))

    def tell(self) -> str:
        return f"dial plan {self.plan} is merged into {self.into}"

    def command(self, deployment: Deployment) -> str:
        plan, into = powershell(self.plan), powershell(self.into)
        inventory = deployment.inventory
        lines = []
        for device in inventory:
            if self.plan not in device.dial_plans:
                continue
            name = powershell(device.name)
            if device.role is Role.UM_SERVER:
                joined = ", ".join(map(powershell, self._moved(device)))
                lines.append(f"Set-UMServer -Identity {name} -DialPlans {joined}")
            else:
                lines.append(f"New-UMHuntGroup -Name {name} -UMIPGateway {name} -UMDialPlan {into}")
        return "\n".join([*lines, f"Remove-UMDialPlan -Identity {plan}"])


@dataclass(frozen=True, repr=False)
class SwitchDialPlan(Step):
    """A dial plan gets another security mode, which decides what its links need (C64)."""

    plan: str
    security: SecurityMode

    @property
    def place(self) -> str:
        return self.plan

    def apply(self, deployment: Deployment) -> Deployment:
        return replace(
            deployment, inventory=deployment.inventory.with_security(self.plan, self.security)
        )

    def is_done(self, deployment: Deployment) -> bool:
        plan = deployment.inventory.dial_plans.get(self.plan)
        return plan is not None and plan.security is self.security

    def tell(self) -> str:
        return f"dial plan {self.plan} becomes {self.security}"

    def command(self, deployment: Deployment) -> str:
        inventory = deployment.inventory
        new = [
            server
            for server in inventory.with_role(Role.UM_SERVER)
            if self.plan in server.dial_plans
            and self.security.needs_mutual_tls
            and not inventory.is_secured(server)
        ]
        return "\n".join(
            [
                f"Set-UMDialPlan -Identity {powershell(self.plan)} -VoIPSecurity {self.security}",
                *map(start_up_mode, new),
                "Restart-Service MSExchangeUM  # on each UM server of the plan",
            ]
        )

"""The Outlook simulator: Microsoft Graph calendars and the Microsoft identity provider, warts included."""

from dev.outlook.simulator import OutlookSimulator, create_simulator

__all__ = ["OutlookSimulator", "create_simulator"]

"""Tables and queues of one storage account, behind the doors of `shared.sync.ports`."""

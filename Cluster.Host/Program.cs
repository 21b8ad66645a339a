using Backup.Host.CommandLine;

using var interrupts = Interrupts.OfProcess();
return await new BackupCommand(new CommandContext(Screen.OfConsole(), new NodeDoor(), interrupts)).Run(args);

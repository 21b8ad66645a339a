using Pbm;

var line = Console.IsInputRedirected || Console.IsOutputRedirected ? null : new LineEditor(new Terminal());
return await new PbmShell(Console.Out, Console.Error, Console.In, line).Run(args, CancellationToken.None);

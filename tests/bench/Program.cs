using KHeadersFs.Bench;

// dotnet run -c Release --project tests/bench -- codecs ARCHIVE
// dotnet run -c Release --project tests/bench -- micro [ARCHIVE [PATTERN]]
switch (args)
{
    case ["codecs", string archive]:
        CodecTable.Print(archive);
        return 0;
    case ["micro"]:
        return MicroBenchmarks.Run("out/archives/kheaders.tar.xz", "*");
    case ["micro", string archive]:
        return MicroBenchmarks.Run(archive, "*");
    case ["micro", string archive, string pattern]:
        return MicroBenchmarks.Run(archive, pattern);
    default:
        Console.Error.WriteLine("usage: KHeadersFs.Bench codecs ARCHIVE | micro [ARCHIVE [PATTERN]]");
        return 2;
}

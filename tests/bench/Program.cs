using KHeadersFs.Bench;

// dotnet run -c Release --project tests/bench -- codecs ARCHIVE
if (args is ["codecs", string archive])
{
    CodecTable.Print(archive);
    return 0;
}

Console.Error.WriteLine("usage: KHeadersFs.Bench codecs ARCHIVE");
return 2;

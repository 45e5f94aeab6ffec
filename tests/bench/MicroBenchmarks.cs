using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace KHeadersFs.Bench;

/// <summary>
/// What serving costs without the kernel: each class measures one layer. In this process and on the JIT, in short runs: for
/// comparing one change with another, and for proving that serving allocates nothing.
/// </summary>
internal static class MicroBenchmarks
{
    /// <summary>No object is smaller; fewer bytes per operation are the measuring's own.</summary>
    private const int SmallestObject = 24;

    /// <summary>Runs what matches; 1 when something failed or allocated.</summary>
    internal static int Run(string archive, string pattern)
    {
        BenchArchive.Path = Path.GetFullPath(archive);
        Job job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(2).WithIterationCount(5).WithIterationTime(TimeInterval.FromMilliseconds(100));
        ManualConfig config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddColumn(StatisticColumn.Min)
            .HideColumns(Column.Gen0)
            .AddFilter(new GlobFilter([pattern]))
            .AddExporter(MarkdownExporter.GitHub)
            .AddLogger(ConsoleLogger.Ascii)
            .WithArtifactsPath(Path.GetFullPath("out/bench-micro"));
        Summary[] summaries = BenchmarkRunner.Run([typeof(TreeBenchmarks), typeof(BlockBenchmarks), typeof(DispatchBenchmarks)], config);

        bool failed = summaries.Length == 0;
        foreach (Summary summary in summaries)
        {
            failed |= summary.HasCriticalValidationErrors || summary.Reports.Any(static r => !r.Success);
            foreach (BenchmarkReport report in summary.Reports.Where(static r => r.GcStats.GetBytesAllocatedPerOperation(r.BenchmarkCase) >= SmallestObject))
            {
                Console.Error.WriteLine($"{report.BenchmarkCase.DisplayInfo}: allocates");
                failed = true;
            }
        }

        return failed ? 1 : 0;
    }
}

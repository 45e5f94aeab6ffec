using System.Diagnostics;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Archives made to exhaust the machine are mounted or refused, and either way the program takes no more than the archive's compressed
/// size, 32 MiB, and 100 bytes for each member.
/// </summary>
public sealed class BombTests : IDisposable
{
    private const long MiB = 1 << 20;

    private readonly Scratch _scratch = new();

    public BombTests() => Subject.RequireMounts();

    public static TheoryData<string> Names => [.. AllBombs.All.Select(static b => b.Name)];

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_bomb_costs_what_an_archive_of_its_size_may_cost(string name)
    {
        Bomb bomb = AllBombs.All.Single(b => string.Equals(b.Name, name, StringComparison.Ordinal));
        string archive = _scratch.In("bomb.tar.xz");
        long written = Stopwatch.GetTimestamp();
        long bound;
        using (var writer = new BombWriter(archive, bomb.Compressor))
        {
            bomb.Write(writer);
            bound = (32 * MiB) + (100L * writer.Members);
        }

        long size = new FileInfo(archive).Length;
        bound += size;
        long start = Stopwatch.GetTimestamp();
        using var peak = new PeakMemory(Subject.Path);
        MeasuredRun measured = MeasuredRun.Of(_scratch, [archive, _scratch.MountPoint], Deadline.Long); // two seconds at most on a quiet machine
        string[] problems = bomb.Limit is null ? Served(bomb, measured.Run) : Refused(bomb, measured.Run);
        peak.Stop();
        Figures.Note($"{size} bytes made in {Stopwatch.GetElapsedTime(written, start).TotalSeconds:F1} s; {peak}, {measured.Resident / 1048576.0:F2} MiB the mounting process alone, of {bound / 1048576.0:F1} MiB in {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s; {measured.Run.Error.Trim()}");
        FailedMount.Clear(_scratch);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
        Assert.True(measured.Resident > MiB, $"{measured.Resident} bytes cannot be right");
        Assert.True(peak.Together <= bound && measured.Resident <= bound, $"{peak}, {measured.Resident} bytes, {bound} allowed");
    }

    /// <summary>The last line is the refusal; what was left out before is said in front of it.</summary>
    private string[] Refused(Bomb bomb, ProcessRun run)
    {
        string[] lines = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] problems = FailedMount.Problems(
            FailedMount.MountFailure, $"-o limit_{bomb.Limit}=", _scratch, run with { Error = lines[^1] + "\n" });
        return lines.Length <= bomb.Lines ? problems : [.. problems, $"{lines.Length} lines: {run.Error}"];
    }

    private string[] Served(Bomb bomb, ProcessRun run)
    {
        if (run.ExitCode != 0)
        {
            return [$"exit code {run.ExitCode}: {run.Error}"];
        }

        int lines = run.Error.Count(static c => c == '\n');
        int result = -1;
        Deadline.Within(Deadline.Long, () => result = Syscall.lstat($"{_scratch.MountPoint}/{bomb.Served}", out _));
        return result == 0 && lines <= bomb.Lines ? [] : [$"{bomb.Served}: {result}, {lines} lines: {run.Error}"];
    }
}

namespace KHeadersFs.Fuse;

/// <summary>What the journal of another process's session tells.</summary>
/// <param name="Note">The program's note (<see cref="SessionJournal.Note"/>).</param>
/// <param name="Begun">When INIT was awaited, in seconds since 1970; 0 where a server of version 0.1.0 did.</param>
/// <param name="Counters">What the server has counted since its start, a copy.</param>
public sealed record SessionSummary(ReadOnlyMemory<byte> Note, long Begun, FuseCounters Counters);

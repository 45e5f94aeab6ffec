namespace KHeadersFs.Mount.Tests;

/// <summary>One line of /proc/self/mountinfo.</summary>
internal sealed record MountEntry(string Directory, string Options, string Type, string Source);

namespace KHeadersFs.Mount.Tests;

/// <summary>One line of /proc/self/mountinfo. The device is its major and minor number, with a colon between.</summary>
internal sealed record MountEntry(string Directory, string Options, string Type, string Source, string Device);

namespace KHeadersFs.Doctor;

/// <summary>What a directory comes to for who looks for the running kernel's headers in it.</summary>
/// <param name="State">Whether a tool can use it.</param>
/// <param name="Text">A sentence that begins with its verb: the directory's name comes before it.</param>
internal sealed record Verdict(FindingState State, string Text);

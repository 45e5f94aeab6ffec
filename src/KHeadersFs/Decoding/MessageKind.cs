namespace KHeadersFs.Decoding;

/// <summary>What a message between a <see cref="ArchiveDecoder"/> and its <see cref="DecoderProcess"/> is. All but two are the decoder's.</summary>
internal enum MessageKind : byte
{
    /// <summary>It begins; what it could not give up, in words.</summary>
    Kept = 1,

    /// <summary>Lines for the user.</summary>
    Warnings,

    /// <summary>How far it has come: bytes, bytes expected, ticks of TimeSpan.</summary>
    Progress,

    /// <summary>Asks for the configurations of a kernel's release.</summary>
    Configurations,

    /// <summary>An answer: a path, and its file.</summary>
    Configuration,

    /// <summary>An answer: there are no more configurations.</summary>
    End,

    /// <summary>The last of all that is well: a sealed file, garbage collections, and of a store the kernel's release if there is one.</summary>
    Made,

    /// <summary>The last of all that fails: a <see cref="FailureKind"/>, errno, and words.</summary>
    Failure,
}

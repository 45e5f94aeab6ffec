using System.Globalization;

namespace KHeadersFs.Serving;

/// <summary>
/// The descriptors that a server inherits from the process that mounted, by number. They travel in an environment
/// variable, so that the server's command line stays the one that the user wrote.
/// </summary>
/// <param name="Device">/dev/fuse, mounted.</param>
/// <param name="Store">The store.</param>
/// <param name="Ready">A pipe that takes one byte when the mount answers, or -1.</param>
internal readonly record struct ServerHandles(int Device, int Store, int Ready)
{
    /// <summary>The environment variable.</summary>
    internal const string Variable = "KHEADERSFS_SERVE";

    /// <summary>The handles that this process has been started with, or null when it is not a server.</summary>
    internal static ServerHandles? FromEnvironment()
    {
        string[]? numbers = Environment.GetEnvironmentVariable(Variable)?.Split(',');
        return numbers is { Length: 3 }
            && TryParse(numbers[0], out int device)
            && TryParse(numbers[1], out int store)
            && TryParse(numbers[2], out int ready)
            ? new ServerHandles(device, store, ready)
            : null;
    }

    /// <summary>True for a descriptor that the server needs, the standard streams among them.</summary>
    internal bool Includes(int descriptor) =>
        descriptor <= 2 || descriptor == Device || descriptor == Store || descriptor == Ready;

    /// <summary>The variable's value.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Device},{Store},{Ready}");

    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}

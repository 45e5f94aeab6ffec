using System.Globalization;

namespace KHeadersFs.Mount.Tests;

/// <summary>Time as -o idle counts it: unused mounts that come and go, each of which lives more than one second.</summary>
internal static class IdleClock
{
    /// <summary>Waits until so many unused mounts of idle=1, one after the other, have gone.</summary>
    internal static void Tick(MountSite site, int times)
    {
        string directory = Directory.CreateDirectory(site.Scratch.In("clock")).FullName;
        for (int i = 0; i < times; i++)
        {
            Mount(site, directory, 1);
            AwaitUnmounted(directory);
        }
    }

    /// <summary>Mounts what goes after so many seconds without use.</summary>
    internal static void Mount(MountSite site, string directory, int seconds, string options = "ro") => site.RunSilently(
        Subject.Path, "-o", string.Create(CultureInfo.InvariantCulture, $"idle={seconds},{options}"), site.Archive, directory);

    /// <summary>Waits until nothing is mounted there; how long that takes is nobody's promise.</summary>
    internal static void AwaitUnmounted(string directory) =>
        Deadline.Until(() => MountTable.At(directory) is null, $"{directory} unmounted", Deadline.Long);
}

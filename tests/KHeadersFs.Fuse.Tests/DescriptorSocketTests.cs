using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Fuse.Tests;

public sealed class DescriptorSocketTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void All_descriptors_arrive_in_order_and_are_copies(int count)
    {
        using var pair = DescriptorSocket.Create();
        SafeFileHandle[] sent = [.. Enumerable.Range(0, count).Select(static _ => File.OpenHandle(Path.GetTempFileName(), FileMode.Open, options: FileOptions.DeleteOnClose))];
        string[] targets = [.. sent.Select(static f => Target((int)f.DangerousGetHandle()))];
        Assert.True(pair.Send([.. sent.Select(static f => (int)f.DangerousGetHandle())]));
        Array.ForEach(sent, static f => f.Dispose());

        using var other = DescriptorSocket.FromInherited((int)pair.ChildEnd!.DangerousGetHandle());
        int[]? received = other.Receive();
        pair.ChildEnd.SetHandleAsInvalid();
        Assert.NotNull(received);
        Assert.Equal(count, received.Length);
        for (int i = 0; i < count; i++)
        {
            using var owned = new SafeFileHandle(received[i], ownsHandle: true);
            Assert.StartsWith(targets[i], Target(received[i]), StringComparison.Ordinal); // " (deleted)" follows
        }
    }

    [Fact]
    public void The_end_of_the_other_side_is_told()
    {
        using var pair = DescriptorSocket.Create();
        pair.CloseChildEnd();
        Assert.Null(pair.Receive());
        Assert.False(pair.Send());
    }

    private static string Target(int descriptor) => File.ResolveLinkTarget($"/proc/self/fd/{descriptor}", returnFinalTarget: false)!.FullName;
}

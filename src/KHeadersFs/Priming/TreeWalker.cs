using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Priming;

/// <summary>
/// The short-lived process that asks the kernel for names and contents, so that the kernel asks the server. It decides nothing:
/// the server sends it paths.
/// </summary>
/// <remarks>
/// Not a thread of the server, which may never wait for its own mount: a request that was sent is waited for without regard to
/// signals (fs/fuse/dev.c: request_wait_answer), a killed server would keep /dev/fuse open through the thread that waits, and
/// nobody would ever answer. The same holds for a thread in FUSE_NOTIFY_STORE, which locks pages that a READ may have locked.
/// This process has no descriptor of the device: when the server dies, its request fails, its socket ends, and it goes.
/// </remarks>
internal static unsafe class TreeWalker
{
    /// <summary>Its argv[0], and the name that the kernel has for it. Native/park.c has it, too: there it waits for the first batch.</summary>
    internal const string Name = "kheadersfs-walk";

    /// <summary>The number of the socket that batches come over.</summary>
    internal const int Socket = ChildProcess.FirstHanded;

    /// <summary>The number of the tree that it walks.</summary>
    internal const int Tree = Socket + 1;

    private const int LowestPriority = 19;
    private const int EINTR = 4;

    /// <summary>As many bytes of entries as the server answers at once (Negotiation.MaxRead).</summary>
    private const int BufferSize = 128 * 1024;

    /// <summary>The kernel takes no more bytes at once (mm/readahead.c: force_page_cache_ra; fuse_init_out.max_readahead).</summary>
    private const int ReadAheadSize = 128 * 1024;

    /// <summary>Works until the server closes its end of the socket.</summary>
    internal static void Run()
    {
        _ = LibC.SetPriority(LibC.PRIO_PROCESS, 0, LowestPriority);
        using var tree = new SafeFileHandle(Tree, ownsHandle: true);
        using var socket = new SafeFileHandle(Socket, ownsHandle: true);
        byte* message = stackalloc byte[WalkBatch.Capacity];
        byte* buffer = (byte*)NativeMemory.Alloc(BufferSize);
        while (true)
        {
            nint length = LibC.Receive(socket, message, WalkBatch.Capacity, 0);
            if (length < 0 && Marshal.GetLastPInvokeError() == EINTR)
            {
                continue;
            }

            if (length <= 0)
            {
                break;
            }

            WalkResult result = default;
            for (byte* item = message; item < message + length && !HasEnded(socket); item += MemoryMarshal.CreateReadOnlySpanFromNullTerminated(item).Length + 1)
            {
                Walk(tree, (WalkAction)item[0], item + 1, buffer, ref result);
            }

            if (LibC.Send(socket, &result, (nuint)sizeof(WalkResult), LibC.MSG_NOSIGNAL) < 0)
            {
                break;
            }
        }

        NativeMemory.Free(buffer);
    }

    /// <summary>Whether the server wants no more.</summary>
    private static bool HasEnded(SafeFileHandle socket)
    {
        byte letter;
        return LibC.Receive(socket, &letter, 1, LibC.MSG_PEEK | LibC.MSG_DONTWAIT) == 0;
    }

    private static void Walk(SafeFileHandle tree, WalkAction action, byte* path, byte* buffer, ref WalkResult result)
    {
        switch (action)
        {
            case WalkAction.List:
                List(tree, path, buffer, ref result);
                break;
            case WalkAction.Miss:
                result.AbsentNames += LibC.AccessAt(tree, path, 0, 0) < 0 ? 1 : 0;
                break;
            case WalkAction.Read:
                Read(tree, path, ref result);
                break;
        }
    }

    private static void List(SafeFileHandle tree, byte* path, byte* buffer, ref WalkResult result)
    {
        using SafeFileHandle directory = LibC.OpenAt(tree, path, LibC.O_DIRECTORY | LibC.O_CLOEXEC);
        if (directory.IsInvalid)
        {
            return;
        }

        nint length;
        while ((length = LibC.GetDirectoryEntries(directory, buffer, BufferSize)) > 0)
        {
            foreach (ReadOnlySpan<byte> _ in new DirectoryRecords(new ReadOnlySpan<byte>(buffer, (int)length)))
            {
                result.Names++;
            }
        }
    }

    /// <summary>
    /// Asks for a whole file and does not wait: readahead(2) has several READs under way, and nobody is woken for each.
    /// </summary>
    private static void Read(SafeFileHandle tree, byte* path, ref WalkResult result)
    {
        using SafeFileHandle file = LibC.OpenAt(tree, path, LibC.O_CLOEXEC);

        // Known to the kernel already: no request.
        long size = file.IsInvalid ? -1 : LibC.Seek(file, 0, LibC.SEEK_END);
        for (long offset = 0; offset < size; offset += ReadAheadSize)
        {
            if (LibC.ReadAhead(file, offset, ReadAheadSize) < 0)
            {
                return;
            }
        }

        if (size >= 0)
        {
            result.Files++;
            result.Bytes += size;
        }
    }
}

using Backup.Media.Files;

namespace Backup.Actors.Storage;

/// <summary>
/// A run of an entry's archived content within one fragment; of length 0 for an entry without content.
/// </summary>
/// <param name="Entry">The entry.</param>
/// <param name="Fragment">The fragment.</param>
/// <param name="Offset">First byte in the fragment's archive bytes.</param>
/// <param name="Length">Bytes.</param>
/// <param name="First">True on the entry's first run.</param>
/// <param name="Final">True on its last.</param>
internal readonly record struct ContentRun(
    FileEntry Entry, int Fragment, long Offset, long Length, bool First, bool Final)
{
    /// <summary>The byte behind it.</summary>
    public long End => Offset + Length;

    /// <summary>The runs of an entry, over as many fragments as its content lies in.</summary>
    public static Sequence Of(FileEntry entry, IReadOnlyList<FragmentPlace> fragments) => new(entry, fragments);

    /// <summary>The runs of an entry. Not on the heap: a restore has one for each file.</summary>
    internal struct Sequence(FileEntry entry, IReadOnlyList<FragmentPlace> fragments)
    {
        private readonly bool _hasContent = entry.Kind == FileKind.Regular && entry.Position.Length > 0;
        private int _fragment = entry.Position.Fragment;
        private long _offset = entry.Position.Offset;
        private long _left = entry.Position.Length;
        private bool _begun;

        /// <summary>The run.</summary>
        public ContentRun Current { get; private set; }

        /// <summary>Itself, at its beginning.</summary>
        public readonly Sequence GetEnumerator() => this;

        /// <summary>Goes to the next run.</summary>
        public bool MoveNext()
        {
            if (_begun && (!_hasContent || _left <= 0)) return false;
            var here = !_hasContent ? 0 : _fragment < fragments.Count
                ? Math.Min(_left, fragments[_fragment].Layout.Chunks.ArchiveBytes - _offset) : _left;
            Current = new ContentRun(
                entry, _fragment, _hasContent ? _offset : 0, here, !_begun, !_hasContent || here == _left);
            (_fragment, _offset, _left, _begun) = (_fragment + 1, 0, _left - here, true);
            return true;
        }
    }
}

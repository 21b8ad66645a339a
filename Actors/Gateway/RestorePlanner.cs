using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Gateway;

/// <summary>Says what a restore would do, and moves no data.</summary>
internal static class RestorePlanner
{
    public static async Task<IReply> Plan(GatewaySetup setup, RestoreSpec spec)
    {
        try
        {
            var catalog = CatalogInquiry.Once(setup.Catalog, setup.AnswerWithin);
            var needed = new Dictionary<ImageId, NeededChunks>();
            foreach (var image in spec.Chain ?? [spec.Image])
                needed[image] = new NeededChunks(await ImagePlaces.Read(catalog, image).ConfigureAwait(false));
            var kinds = new SortedDictionary<string, long>(StringComparer.Ordinal);
            var (bytes, existing, replaced) = (0L, 0L, 0L);
            var isHere = spec.Client == setup.OwnClient;
            using var probe = new TargetProbe(spec.Target, spec.Replace);
            await foreach (var entry in ManifestPages.Read(setup.Catalog, spec.Image, spec.Paths, setup.AnswerWithin)
                .ConfigureAwait(false))
            {
                kinds[entry.Kind.ToString()] = kinds.GetValueOrDefault(entry.Kind.ToString()) + 1;
                bytes += entry.Size;
                if (entry.Position.Length > 0) needed[entry.Position.Image].Add(entry);
                if (!isHere) continue;
                var (there, goes) = probe.Look(entry);
                if (there && entry.Kind != FileKind.Directory) existing++;
                if (goes) replaced++;
            }
            if (kinds.Count == 0)
                return new Refused(
                    RefusalCode.NotFound, FailureText.Sentence(new JobFailure.NothingSelected(spec.Image)));
            return new RestorePlan(
                spec.Image, kinds, bytes, needed.Values.Sum(each => each.Bytes), isHere ? existing : null,
                isHere ? replaced : null,
                [.. needed.Values.SelectMany(each => each.Volumes).Distinct()], spec.Target);
        }
        catch (JobFailureException refused)
        {
            return new Refused(RefusalCode.Unavailable, refused.Message);
        }
    }

    /// <summary>Adds up the chunks that hold selected content, each once.</summary>
    private sealed class NeededChunks(ImagePlaces places)
    {
        private (int Fragment, int Chunk) _last = (-1, -1);
        private readonly List<Messages.VolumeName> _volumes = [];

        public long Bytes { get; private set; }

        public IReadOnlyList<Messages.VolumeName> Volumes => _volumes;

        public void Add(FileEntry entry)
        {
            foreach (var run in ContentRun.Of(entry, places.Fragments))
                if (run.Length > 0) Add(run, places.Fragments[run.Fragment].Layout);
        }

        private void Add(ContentRun run, FragmentLayout layout)
        {
            for (var chunk = layout.Chunks.Find(run.Offset);
                chunk < layout.Chunks.Count && layout.Chunks[chunk].ArchiveOffset < run.End; chunk++)
            {
                if ((run.Fragment, chunk).CompareTo(_last) <= 0) continue;
                _last = (run.Fragment, chunk);
                var extent = layout.Chunks[chunk];
                Bytes += extent.FrameLength;
                foreach (var part in layout.Parts)
                    if (part.Offset < extent.FrameOffset + extent.FrameLength
                        && part.Offset + part.Length > extent.FrameOffset
                        && !_volumes.Contains(part.Location.Volume.Name)) _volumes.Add(part.Location.Volume.Name);
            }
        }
    }
}

using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization.Wire;
using Hyperion;

namespace Akka.Serialization;

/// <summary>Writes any object with all that it refers to; types are named in the bytes, and checked.</summary>
public class HyperionSerializer : Serializer
{
    public readonly HyperionSerializerSettings Settings;
    private readonly WirePolicy _policy;

    public HyperionSerializer(ExtendedActorSystem system) : this(system, HyperionSerializerSettings.Default) { }

    public HyperionSerializer(ExtendedActorSystem system, Config config) : this(system,
        HyperionSerializerSettings.Create(config))
    { }

    public HyperionSerializer(ExtendedActorSystem system, HyperionSerializerSettings settings) : base(system)
    {
        Settings = settings;
        _policy = new Policy(settings);
    }

    public override int Identifier => -5;
    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => ObjectWriter.Write(system, _policy, obj);

    public override object FromBinary(byte[] bytes, Type type) => ObjectReader.Read(system, _policy, bytes);

    private sealed class Policy(HyperionSerializerSettings settings) : WirePolicy
    {
        private readonly ITypeFilter _filter = settings.DisallowUnsafeType ? settings.TypeFilter : null;

        // Akka.NET asks a filter of names without versions about names with versions when it writes.
        internal override void CheckWritten(Type type)
        {
            if (_filter is not null && !_filter.IsAllowed(type.AssemblyQualifiedName)) throw Refused(type.ToString());
            CheckRead(type);
        }

        internal override void CheckName(string name)
        {
            if (_filter is not null && !_filter.IsAllowed(name)) throw Refused(name);
        }

        internal override void CheckRead(Type type)
        {
            if (settings.DisallowUnsafeType && UnsafeTypes.Contains(type)) throw Refused(type.ToString());
        }

        private static SerializationException Refused(string name) =>
            new($"Unsafe Type Deserialization Detected! ({name})");
    }
}

/// <summary>
/// Types that do something when they are put together, or stand for something outside of the process.
/// </summary>
internal static class UnsafeTypes
{
    private static readonly HashSet<string> Names =
    [
        "System.Security.Claims.ClaimsIdentity", "System.Security.Claims.ClaimsPrincipal",
            "System.Windows.Forms.AxHost+State",
        "System.Windows.Data.ObjectDataProvider", "System.Management.Automation.PSObject",
            "System.Web.Security.RolePrincipal",
        "System.IdentityModel.Tokens.SessionSecurityToken", "System.Drawing.Design.ToolboxItemContainer",
        "Microsoft.VisualStudio.Text.Formatting.TextFormattingRunProperties",
            "System.CodeDom.Compiler.TempFileCollection",
        "System.Security.Principal.WindowsIdentity", "System.Security.Principal.WindowsPrincipal",
            "System.IO.FileSystemInfo",
        "System.Activities.Presentation.WorkflowDesigner", "System.Windows.ResourceDictionary",
            "System.Diagnostics.Process",
        "System.Diagnostics.ProcessStartInfo", "System.IO.Stream", "System.IO.TextReader", "System.IO.TextWriter",
            "System.Delegate",
        "System.Reflection.MemberInfo", "System.Reflection.Assembly", "System.Threading.Thread",
            "System.Threading.Tasks.Task",
        "System.Runtime.InteropServices.SafeHandle", "System.IntPtr", "System.UIntPtr", "System.Data.DataSet",
            "System.Data.DataTable",
        "System.Lazy`1", "System.Xml.XmlDocument", "System.Configuration.Install.AssemblyInstaller",
    ];

    internal static bool Contains(Type type)
    {
        if (type.IsPointer || type.IsByRef) return true;
        if (type.HasElementType) return Contains(type.GetElementType());
        if (type.IsGenericType && type.GetGenericArguments().Any(Contains)) return true;
        for (var at = type; at is not null; at = at.BaseType)
            if (Names.Contains((at.IsGenericType ? at.GetGenericTypeDefinition() : at).FullName ?? "")) return true;
        return false;
    }
}
